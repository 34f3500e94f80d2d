import { statSync } from 'node:fs';
import { importPulls } from '../../../app/pulls/import.js';
import { EXIT, usageError } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { render } from '../../output/render.js';

/** Takes a folder as the last operand for the root. `-` may have been moved behind it. */
export async function run(context: CommandContext): Promise<number> {
  const files = [...context.subjects];
  const at = files.findLastIndex((word) => word !== '-');
  const last = files[at] ?? '';
  const isFolder = statSync(last, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder && context.settings.given.has('root')) {
    throw usageError(`${last} is a folder, and the root was given with --root`);
  }
  const root = isFolder ? files.splice(at, 1)[0]! : context.options.root;
  if (files.length === 0) throw usageError('pulls import: no log file was given');
  const asked = { ...context, options: { ...context.options, root } };
  await render(context, { kind: 'pulls', ...(await importPulls(asked, files)) });
  return EXIT.done;
}
