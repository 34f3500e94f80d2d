import { previewPolicy } from '../../../app/inspect/policy-preview.js';
import { EXIT } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { render } from '../../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const report = await previewPolicy(context, context.subject ?? '');
  await render(context, { kind: 'preview', ...report });
  return EXIT.done;
}
