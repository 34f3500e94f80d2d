import { explainSubject } from '../../app/inspect/explain/explain.js';
import { EXIT } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const report = await explainSubject(context, context.subject ?? '');
  await render(context, { kind: 'explain', ...report });
  return EXIT.done;
}
