/** Runs the executor over a prepared plan, and looks afterwards whether anybody else was there. */
import { randomBytes } from 'node:crypto';
import { RegsweepError } from '../errors.js';
import { assertUnchangedSince } from '../guard/index.js';
import type { Clearance } from '../guard/types.js';
import type { PlannedItem, Seen } from '../plan/types.js';
import { execute, restore, type SweepResult, trashItemsOf } from '../sweep/index.js';
import type { ChangeRequest } from './change.js';
import type { Context } from './context.js';
import { markAgain, type Prepared } from './planning.js';
import type { Session } from './session.js';
import { neededBy } from './trash/needed.js';
import { factsWithTrash } from './trash/view.js';

const NO_RUNS: ReadonlySet<string> = new Set();

/** Sorts by time, and two in one second differ. */
export function newRunId(): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}-${randomBytes(3).toString('hex')}`;
}

export async function carryOut(
  context: Context,
  session: Session,
  request: ChangeRequest,
  clearance: Clearance,
  prepared: Prepared,
  runId: string,
): Promise<SweepResult> {
  const { tree, state, audit } = session;
  const { totals } = prepared;
  const moved = new MovedFiles();
  const result = await execute({
    tree,
    clearance,
    state,
    items: moved.watch(prepared.items()),
    command: context.command,
    runId,
    planId: prepared.header.id,
    options: { quarantine: request.quarantine },
    remark: () => markAgain(context, tree, request, prepared.decisions),
    referenced: async () => neededBy(await factsWithTrash(context, tree, state, NO_RUNS)),
    audit,
    signal: context.signal,
    onProgress: (done) => context.progress.update({ stage: 'moved', done, total: totals.actions }),
  });
  context.progress.stop();
  if (result.state === 'rolled-back' || result.skipped.count > result.skipped.samples.length) {
    return result;
  }
  return checkAfterwards(context, session, clearance, moved, result);
}

/** What is left in the tree must be what was there, less what was moved. */
async function checkAfterwards(
  context: Context,
  session: Session,
  clearance: Clearance,
  moved: MovedFiles,
  result: SweepResult,
): Promise<SweepResult> {
  const skipped = new Set(result.skipped.samples.map(({ action }) => action.path));
  if (result.state === 'interrupted' || result.error !== undefined) return result;
  try {
    await assertUnchangedSince(clearance, moved.without(skipped));
    return result;
  } catch (error) {
    if (!(error instanceof RegsweepError) || error.code !== 'guard-refused') throw error;
    return bringBackNeeded(context, session, clearance, result, error);
  }
}

/** Somebody wrote to the tree meanwhile: what the tree needs now comes back from quarantine. */
async function bringBackNeeded(
  context: Context,
  { tree, state, audit }: Session,
  clearance: Clearance,
  result: SweepResult,
  error: RegsweepError,
): Promise<SweepResult> {
  if (result.deleted) return { ...result, state: 'partial', error };
  const needed = neededBy(await factsWithTrash(context, tree, state, NO_RUNS));
  const paths: string[] = [];
  for (const item of trashItemsOf(state, result.runId)) if (needed(item)) paths.push(item.path);
  if (paths.length === 0) return { ...result, state: 'rolled-back', error };
  const { restored } = await restore({ tree, clearance, state, select: { paths }, audit });
  const rolledBack = Object.values(restored).reduce((sum, number) => sum + number, 0);
  return { ...result, state: 'rolled-back', rolledBack, error };
}

/** Identities of the files in the items that were handed over, in columns: there may be millions. */
class MovedFiles {
  readonly #paths: string[] = [];
  readonly #starts: number[] = [];
  readonly #numbers: number[] = [];

  *watch(items: Iterable<PlannedItem>): Generator<PlannedItem> {
    for (const item of items) {
      this.#paths.push(item.action.path);
      this.#starts.push(this.#numbers.length);
      if (item.action.kind !== 'empty-directory') {
        for (const seen of item.seen) if (seen.type !== 'directory') this.#add(seen);
      }
      yield item;
    }
  }

  #add({ dev, ino, size, mtimeMs, ctimeMs }: Seen): void {
    this.#numbers.push(dev, ino, size, mtimeMs, ctimeMs);
  }

  *without(skipped: ReadonlySet<string>) {
    for (let i = 0; i < this.#paths.length; i++) {
      if (skipped.has(this.#paths[i]!)) continue;
      const end = this.#starts[i + 1] ?? this.#numbers.length;
      for (let at = this.#starts[i]!; at < end; at += 5) {
        const [dev, ino, size, mtimeMs, ctimeMs] = this.#numbers.slice(at, at + 5);
        yield { dev: dev!, ino: ino!, size: size!, mtimeMs: mtimeMs!, ctimeMs: ctimeMs! };
      }
    }
  }
}
