/** Reads the files and sizes of a plan's items in the pool of threads. */
import type { Pool } from '../../../facts/pool/pool.js';
import type { SnapshotTask } from '../../../facts/pool/snapshots.js';
import { takeSnapshots } from '../../../facts/pool/take-snapshots.js';
import type { Actions } from '../../../plan/actions/plan-actions.js';
import { withBytes } from '../../../plan/measure.js';
import type { Action, PlannedItem } from '../../../plan/types.js';

/** Actions per task. */
const BATCH = 128;

/** Yields the same values as `measured`, in the same order, in batches. */
export async function* measuredInPool(
  pool: Pool,
  actions: Actions,
): AsyncGenerator<readonly PlannedItem[]> {
  for await (const [{ of }, snapshots] of takeSnapshots(pool, tasksFor(actions))) {
    yield of.map((action, i) => ({
      action: withBytes(action, snapshots[i]!),
      seen: snapshots[i]!,
    }));
  }
}

type Batch = Omit<SnapshotTask, 'type'> & { readonly of: readonly Action[] };

/** A batch has one kind: the parts of a repository are listed before the repository itself. */
function* tasksFor(actions: Actions): Generator<Batch> {
  const exclude: string[] = [];
  let of: Action[] = [];
  const batch = (): Batch => ({
    of,
    paths: of.map(({ path }) => path),
    itemsOnly: of[0]!.kind === 'empty-directory',
    exclude: of[0]!.kind === 'repository' ? exclude : [],
  });
  for (const action of actions) {
    if (of.length > 0 && (of.length === BATCH || of[0]!.kind !== action.kind)) {
      yield batch();
      of = [];
    }
    of.push(action);
    if (action.kind !== 'repository' && actions.dead.has(action.repository ?? '')) {
      exclude.push(action.path);
    }
  }
  if (of.length > 0) yield batch();
}
