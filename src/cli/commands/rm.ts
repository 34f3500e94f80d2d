import { remove } from '../../app/sweep/remove.js';
import type { CommandContext } from '../context.js';
import { finish } from '../output/finish.js';

export async function run(context: CommandContext): Promise<number> {
  return finish(context, await remove(context, context.subjects));
}
