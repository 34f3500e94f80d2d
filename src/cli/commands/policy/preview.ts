import { previewPolicy } from '../../../app/inspect/policy-preview.js';
import type { CommandContext } from '../../context.js';
import { previewExit } from '../../output/errors/preview-exit.js';
import { render } from '../../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const report = await previewPolicy(context, context.subject ?? '');
  await render(context, { kind: 'preview', ...report });
  return previewExit(context, report.run.refusals, report.totals.expiring > 0);
}
