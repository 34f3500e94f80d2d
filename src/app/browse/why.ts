/** Why something is kept and which repositories share it, as lines for the browser. */
import type { BlobState, Explanation } from '../../graph/explain.js';
import { count, size } from '../../report/style.js';
import { kindName, stepText } from '../../report/text/step.js';
import { printable } from '../../storage/names.js';
import type { Row } from './rows.js';

const STATES: Readonly<Record<BlobState, string>> = {
  live: 'In use.',
  young: 'Not in use, but recent: protected by --min-age.',
  garbage: 'Unreferenced: a sweep removes it.',
  immovable:
    'Unreferenced, but it cannot be moved: a symbolic link, a mount or another filesystem.',
  absent: 'Not on the disk.',
};

/** Lines besides those of the two lists: names, state, headings, `and more`, what is freed. */
const OTHER_LINES = 11;

/**
 * @param found undefined for a namespace that is no repository, or if the subject is not in the
 *   tree
 * @param room maximum number of lines, at least 15
 */
export function whyLines(row: Row, found: Explanation | undefined, room: number): string[] {
  if (row.question === undefined) {
    const repositories = count(row.targets.length, 'repository', 'repositories');
    return [
      `${printable(row.label)}: a namespace of ${repositories}.`,
      `Removing it frees ${size(row.unique)}.`,
    ];
  }
  return found === undefined ? ['It is not in the tree.'] : [...linesOf(row, found, room)];
}

function* linesOf(row: Row, found: Explanation, room: number): Generator<string> {
  const { subject, digest, state, chain, linkedIn, frees } = found;
  yield printable(subject);
  if (digest !== undefined && digest !== subject) yield digest;
  yield STATES[state];
  const left = room - OTHER_LINES;
  const links = Math.min(linkedIn.length, Math.max(Math.floor(left / 2), left - chain.length));
  yield* list('Kept by:', chain.map(stepText), left - links);
  const places = linkedIn.map(
    ({ repository, as }) => `${printable(repository)} (${printable(kindName(as))})`,
  );
  yield* list(`Linked in ${count(linkedIn.length, 'place')}:`, places, links);
  yield '';
  yield row.targets.length === 0
    ? 'It can’t be removed separately. It is removed with the last image that needs it.'
    : frees.blobs === 0
      ? 'Removing it alone frees nothing: other tags or images need its data.'
      : `Removing it alone frees ${size(frees.bytes)} in ${count(frees.blobs, 'blob')}.`;
}

function* list(heading: string, items: readonly string[], most: number): Generator<string> {
  if (items.length === 0) return;
  yield '';
  yield heading;
  for (const item of items.slice(0, most)) yield `  ${item}`;
  const rest = items.length - most;
  if (rest > 0) yield `  and ${rest.toLocaleString('en-US')} more`;
}
