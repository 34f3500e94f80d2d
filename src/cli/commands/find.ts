import { find } from '../../app/find/find.js';
import { EXIT } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  await render(context, { kind: 'find', ...(await find()) });
  return EXIT.done;
}
