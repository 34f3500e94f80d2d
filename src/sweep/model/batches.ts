/** Splits items into batches of one kind each. */

import { ACTION_KINDS, type ActionKind } from '../../graph/action-kinds.js';
import type { PlannedItem } from '../../plan/types.js';
import { RegsweepError } from '../../util/errors.js';

export interface Batch {
  readonly kind: ActionKind;
  readonly items: readonly PlannedItem[];
}

/**
 * @param size asked before each batch
 * @throws RegsweepError if an item follows a later kind: a crash could leave dangling references
 */
export function* batchesOf(items: Iterable<PlannedItem>, size: () => number): Generator<Batch> {
  let batch: PlannedItem[] = [];
  let kind: ActionKind | undefined;
  let limit = size();
  for (const item of items) {
    if (item.action.kind !== kind || batch.length >= limit || containsAny(item, batch)) {
      if (kind !== undefined && batch.length > 0) yield { kind, items: batch };
      checkOrder(kind, item);
      kind = item.action.kind;
      batch = [];
      limit = size();
    }
    batch.push(item);
  }
  if (kind !== undefined && batch.length > 0) yield { kind, items: batch };
}

/**
 * Whether a repository contains an item of the batch. It is then moved after that batch, in parts.
 */
function containsAny({ action }: PlannedItem, batch: readonly PlannedItem[]): boolean {
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

/**
 * Splits items into batches.
 * @param size asked before each batch
 */
export function* inBatches<T>(items: Iterable<T>, size: () => number): Generator<T[]> {
  let batch: T[] = [];
  let limit = size();
  for (const item of items) {
    batch.push(item);
    if (batch.length < limit) continue;
    yield batch;
    batch = [];
    limit = size();
  }
  if (batch.length > 0) yield batch;
}
