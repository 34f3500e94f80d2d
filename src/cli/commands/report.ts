import { makePage, requirePlace, writePage } from '../../app/inspect/page/page.js';
import { STDOUT } from '../../util/disk/atomic-write.js';
import { EXIT, usageError } from '../../util/errors.js';
import { type CommandContext, print } from '../context.js';
import { nextFlags } from '../output/next-command.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const { output, force, format, quiet } = context.settings;
  if (output === undefined) throw usageError('-o FILE is needed', 'regsweep report -o report.html');
  requirePlace(output, force);
  const page = await makePage(context, nextFlags(context.settings));
  if (output === STDOUT) {
    await print(context, page.chunks);
    return EXIT.done;
  }
  const written = await writePage(page, output, force);
  if (format === 'table' && quiet) return EXIT.done;
  await render(context, { kind: 'written', ...written });
  return EXIT.done;
}
