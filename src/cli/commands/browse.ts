import { browseTree } from '../../app/browse/browse.js';
import { planRemoval } from '../../app/sweep/remove.js';
import { refuseExisting } from '../../util/disk/atomic-write.js';
import { EXIT, RegsweepError, usageError } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { outputPlan } from '../output/files/plan-file.js';

/** Shows the tree at the keyboard; what was marked becomes a plan file, and nothing else happens. */
export async function run(context: CommandContext): Promise<number> {
  requireTerminal();
  const output = context.settings.output ?? planName(context.startedAtMs);
  refuseExisting(output, context.settings.force);
  const tree = await browseTree(context);
  context.progress.stop();
  // React is several times slower otherwise.
  const { env } = process;
  env.NODE_ENV ??= 'production';
  // There is a terminal, whatever the environment says: ink would draw nothing before the end.
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
    'regsweep analyze shows the same without one; regsweep rm --dry-run what a removal would free',
  );
}

/** Where the plan goes unless -o says so: in the folder that the command was started in. */
const planName = (ms: number): string =>
  `regsweep-plan-${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}.ndjson`;
