import { approvePlan } from '../../../app/approval/approve.js';
import { EXIT } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { render } from '../../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const approved = await approvePlan(context, context.subject ?? '');
  await render(context, { kind: 'approved', ...approved });
  return EXIT.done;
}
