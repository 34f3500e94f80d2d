/** Computes a plan's totals from its items. */

import type { ActionKind } from '../graph/action-kinds.js';
import { Allocation } from '../util/disk/file-sizes.js';
import type { PlannedItem, PlanTotals } from './types.js';

/** Adds up items one by one, for plans that are not kept in memory. */
export class TotalsFold {
  readonly #byKind = new Map<ActionKind, number>();
  readonly #files = new Allocation();
  readonly #blobs = new Allocation();

  add({ action, seen }: PlannedItem): void {
    this.#byKind.set(action.kind, this.count(action.kind) + 1);
    for (const entry of seen) {
      if (entry.type === 'directory') this.#files.addFolder(entry);
      else {
        this.#files.add(entry);
        if (action.kind === 'blob') this.#blobs.add(entry);
      }
    }
  }

  count(kind: ActionKind): number {
    return this.#byKind.get(kind) ?? 0;
  }

  done(): PlanTotals {
    const byKind = Object.fromEntries([...this.#byKind].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      actions: [...this.#byKind.values()].reduce((sum, n) => sum + n, 0),
      blobs: this.count('blob'),
      bytes: this.#files.bytes,
      diskBytes: this.#files.diskBytes,
      blobDiskBytes: this.#blobs.diskBytes,
      folderDiskBytes: this.#files.folderDiskBytes,
      byKind,
    };
  }
}

export function planTotalsOf(items: Iterable<PlannedItem>): PlanTotals {
  const fold = new TotalsFold();
  for (const item of items) fold.add(item);
  return fold.done();
}
