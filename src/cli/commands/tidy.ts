import { planTidy, tidy } from '../../app/sweep/tidy.js';
import type { CommandContext } from '../context.js';
import { planTo, requireDryRun } from '../output/files/plan-file.js';
import { finish } from '../output/finish.js';

export async function run(context: CommandContext): Promise<number> {
  const { output } = context.settings;
  if (output === undefined) return finish(context, await tidy(context));
  requireDryRun(context);
  return planTo(context, output, () => planTidy(context));
}
