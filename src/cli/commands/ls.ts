import { list } from '../../app/inspect/list.js';
import { EXIT } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  await render(context, { kind: 'list', ...(await list(context, context.subject)) });
  return EXIT.done;
}
