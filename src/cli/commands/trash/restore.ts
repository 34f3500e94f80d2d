import { restoreQuarantine } from '../../../app/quarantine/restore/restore.js';
import type { CommandContext } from '../../context.js';
import { finish } from '../../output/finish.js';

export async function run(context: CommandContext): Promise<number> {
  return finish(context, await restoreQuarantine(context));
}
