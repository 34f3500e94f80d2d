import { purgeQuarantine } from '../../../app/quarantine/purge.js';
import { usageError } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { finish } from '../../output/finish.js';

export async function run(context: CommandContext): Promise<number> {
  if (context.options.repo.length > 0) {
    throw usageError(
      '--repo: purge works on whole runs',
      'name them with --run; regsweep trash list --repo GLOB shows which hold something of it',
    );
  }
  return finish(context, await purgeQuarantine(context));
}
