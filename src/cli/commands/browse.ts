import { browseTree } from '../../app/browse/browse.js';
import { planRemoval } from '../../app/sweep/remove.js';
import { refuseExisting } from '../../util/disk/atomic-write.js';
import { EXIT, RegsweepError, usageError } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { requireFilesOutside } from '../output/files/outside-tree.js';
import { outputPlan } from '../output/files/plan-file.js';

/** Shows the tree and writes the marked items to a plan file. Changes nothing else. */
export async function run(context: CommandContext): Promise<number> {
  requireTerminal();
  const output = context.settings.output ?? planName(context.startedAtMs);
  refuseExisting(output, context.settings.force);
  await requireFilesOutside(context.settings, output);
  const tree = await browseTree(context);
  context.progress.stop();
  // React's development build is several times slower.
  const { env } = process;
  env.NODE_ENV ??= 'production';
  // With CI set, ink draws nothing before the end.
  env.CI = 'false';
  env.CONTINUOUS_INTEGRATION = 'false';
  const { showBrowser } = await import('../browse/show.js');
  const targets = await showBrowser(tree, context.signal);
  if (targets === undefined)
    throw new RegsweepError('interrupted', 'Aborted; nothing was changed.');
  if (targets.length > 0) {
    await outputPlan(context, await planRemoval(context, targets, false), output);
  }
  return EXIT.done;
}

function requireTerminal(): void {
  if (process.stdin.isTTY === true && process.stdout.isTTY === true) return;
  throw usageError(
    'browse needs a terminal',
    'without one, use regsweep analyze, and regsweep rm --dry-run to see what a removal would free',
  );
}

/** The default name of the plan file, in the working directory. */
const planName = (ms: number): string =>
  `regsweep-plan-${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}.ndjson`;
