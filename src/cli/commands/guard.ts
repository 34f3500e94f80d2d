import { guard } from '../../app/inspect/guard.js';
import { EXIT } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const report = await guard(context);
  await render(context, { kind: 'guard', ...report });
  return report.state === 'refused' ? EXIT.guard : EXIT.done;
}
