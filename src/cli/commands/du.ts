import { diskUsage } from '../../app/inspect/list.js';
import { EXIT } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  await render(context, { kind: 'disk-usage', ...(await diskUsage(context)) });
  return EXIT.done;
}
