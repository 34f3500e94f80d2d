import { listQuarantine } from '../../../app/quarantine/list.js';
import { EXIT } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { render } from '../../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  await render(context, { kind: 'trash', ...(await listQuarantine(context)) });
  return EXIT.done;
}
