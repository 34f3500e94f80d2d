import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makePage } from '../../app/inspect/page.js';
import { refuseExisting, STDOUT, writeWhole } from '../../util/atomic-write.js';
import { EXIT, RegsweepError, usageError } from '../../util/errors.js';
import { type CommandContext, print } from '../context.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const { settings } = context;
  const output = requireOutput(context);
  const { report, chunks } = await makePage(context);
  if (output === STDOUT) {
    await print(context, chunks);
    return EXIT.done;
  }
  await writeWhole(output, chunks, settings.force);
  if (settings.format === 'table' && settings.quiet) return EXIT.done;
  const { root, totals } = report;
  const { size: bytes } = statSync(output);
  await render(context, { kind: 'written', schemaVersion: 1, root, file: output, bytes, totals });
  return EXIT.done;
}

/** What is wrong with it is said before the tree is read. */
function requireOutput({ settings: { output, force } }: CommandContext): string {
  if (output === undefined) throw usageError('-o FILE is needed', 'regsweep report -o report.html');
  refuseExisting(output, force);
  const folder = dirname(output);
  if (existsSync(folder)) return output;
  throw new RegsweepError(
    'failed',
    `${output} could not be written: there is no folder ${folder}`,
    { path: output, remedy: `mkdir -p ${folder}` },
  );
}
