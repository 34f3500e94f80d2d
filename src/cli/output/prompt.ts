/** Asks a person before something changes. */
import { createInterface } from 'node:readline/promises';
import type { Context } from '../../app/context.js';
import { usageError } from '../../util/errors.js';

/** @throws RegsweepError `usage` where there is nobody to ask and `--yes` isn't set */
export function requireSomeoneToAsk({ settings, terminal }: Context): void {
  if (settings.yes || terminal.canAsk) return;
  throw usageError(
    'this changes the tree, and there is no terminal to ask on',
    'give --yes to go on without being asked, or --dry-run to see what would go',
  );
}

/** @returns true when the answer is yes */
export async function confirm(context: Context, question: string): Promise<boolean> {
  if (context.settings.yes) return true;
  requireSomeoneToAsk(context);
  context.progress.stop();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: context.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (context.signal.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}
