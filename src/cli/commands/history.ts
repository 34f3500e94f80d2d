import { history } from '../../app/inspect/history/history.js';
import { EXIT } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  await render(context, { kind: 'history', ...(await history(context)) });
  return EXIT.done;
}
