import { planRemoval, remove } from '../../app/sweep/remove.js';
import type { CommandContext } from '../context.js';
import { planTo, requireDryRun } from '../output/files/plan-file.js';
import { finish } from '../output/finish.js';

export async function run(context: CommandContext): Promise<number> {
  const { subjects, settings } = context;
  if (settings.output === undefined) return finish(context, await remove(context, subjects));
  requireDryRun(context);
  return planTo(context, settings.output, () => planRemoval(context, subjects));
}
