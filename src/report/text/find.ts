/** The text of `find`. */
import { printable } from '../../storage/names.js';
import { shellWord } from '../../util/shell-quote.js';
import type { FindReport, FoundProcess } from '../model/find.js';
import { columns, heading, type Style, size } from '../style.js';

export function* findText(report: FindReport, style: Style): Generator<string> {
  const { trees, unreachable, notes } = report;
  if (trees.length === 0) yield 'No registry tree was found on this host.\n';
  else {
    yield heading(style, 'Registry trees on this host');
    yield* columns(
      style,
      ['root', 'kind', 'served by', 'disk', 'free'],
      trees.map(({ root, origin, servedBy, filesystem }) => [
        printable(root),
        origin,
        servedBy.length === 0 ? '-' : servedBy.map(shortly).join(', '),
        size(filesystem.bytes),
        size(filesystem.freeBytes),
      ]),
      3,
    );
  }
  for (const { rootDirectory, ...process } of unreachable) {
    yield `${shortly(process)} serves ${printable(rootDirectory)}, which is not a path on this host (no volume)\n`;
  }
  for (const note of notes) yield `note: ${note}\n`;
  if (trees.length === 0) return;
  yield `\n${heading(style, 'Next')}`;
  for (const { root } of trees) yield `  regsweep analyze ${shellWord(root)}\n`;
}

function shortly({ pid, command, container, engine, unit }: FoundProcess): string {
  if (container !== undefined) return printable(`${engine ?? 'container'} ${container} (${pid})`);
  if (unit !== undefined) return printable(`${unit} (${pid})`);
  return printable(`${command.split(' ')[0]!.split('/').at(-1)} (${pid})`);
}
