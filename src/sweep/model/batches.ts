/** Items in batches of one kind each. */

import { ACTION_KINDS, type ActionKind } from '../../graph/action-kinds.js';
import type { PlannedItem } from '../../plan/types.js';
import { RegsweepError } from '../../util/errors.js';

/**
 * Items between two looks at the guard and at signals: a second's work on a slow disk. Nothing
 * is awaited within a batch.
 */
export const BATCH_SIZE = 1000;

export interface Batch {
  readonly kind: ActionKind;
  readonly items: readonly PlannedItem[];
}

/** @throws RegsweepError when an item comes after a later kind: a crash could dangle references */
export function* batchesOf(items: Iterable<PlannedItem>, size: number): Generator<Batch> {
  let batch: PlannedItem[] = [];
  let kind: ActionKind | undefined;
  for (const item of items) {
    if (item.action.kind !== kind || batch.length >= size || holds(item, batch)) {
      if (kind !== undefined && batch.length > 0) yield { kind, items: batch };
      checkOrder(kind, item);
      kind = item.action.kind;
      batch = [];
    }
    batch.push(item);
  }
  if (kind !== undefined && batch.length > 0) yield { kind, items: batch };
}

/** A repository above one of the batch: what the trash holds by then decides how it goes. */
function holds({ action }: PlannedItem, batch: readonly PlannedItem[]): boolean {
  const prefix = `${action.path}/`;
  return action.kind === 'repository' && batch.some((item) => item.action.path.startsWith(prefix));
}

function checkOrder(kind: ActionKind | undefined, item: PlannedItem): void {
  if (kind === undefined) return;
  if (ACTION_KINDS.indexOf(item.action.kind) >= ACTION_KINDS.indexOf(kind)) return;
  throw new RegsweepError('failed', `a ${item.action.kind} comes after a ${kind} in the plan`, {
    path: item.action.path,
    remedy: 'This is a bug: nothing of that item was changed. Please report it.',
  });
}

/** Of one run's items, by their numbers. */
export function* inBatches(numbers: Iterable<number>, size: number): Generator<number[]> {
  let batch: number[] = [];
  for (const n of numbers) {
    batch.push(n);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
