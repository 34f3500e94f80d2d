import { rotateAudit } from '../../../app/inspect/audit.js';
import { EXIT } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { render } from '../../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const report = await rotateAudit(context);
  await render(context, { kind: 'audit', ...report });
  return report.ok ? EXIT.done : EXIT.failed;
}
