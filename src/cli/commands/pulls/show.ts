import { showPulls } from '../../../app/pulls/show.js';
import { EXIT } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { render } from '../../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  await render(context, { kind: 'pulls', ...(await showPulls(context)) });
  return EXIT.done;
}
