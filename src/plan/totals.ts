/** Computes a plan's totals from its items. */

import type { ActionKind } from '../graph/action-kinds.js';
import type { EntrySnapshot } from '../storage/entry-snapshot.js';
import type { PlannedItem, PlanTotals } from './types.js';

/**
 * Adds up removed files, each once: their apparent size, and the allocated bytes that removing all
 * of them frees. A file with several names is freed only if all its names were added.
 */
export class FileSizes {
  bytes = 0;
  diskBytes = 0;
  readonly #names = new Map<string, number>();

  add(file: Pick<EntrySnapshot, 'type' | 'dev' | 'ino' | 'nlink' | 'size' | 'blocks'>): void {
    if (file.type === 'directory') return;
    if (file.nlink <= 1) {
      this.bytes += file.size;
      this.diskBytes += file.blocks * 512;
      return;
    }
    const key = `${file.dev}:${file.ino}`;
    const names = (this.#names.get(key) ?? 0) + 1;
    this.#names.set(key, names);
    if (names === 1) this.bytes += file.size;
    if (names === file.nlink) this.diskBytes += file.blocks * 512;
  }
}

/** Adds up items one by one, for plans that are not kept in memory. */
export class TotalsFold {
  readonly #byKind = new Map<ActionKind, number>();
  readonly #files = new FileSizes();
  readonly #blobs = new FileSizes();
  #folderBlocks = 0;

  add({ action, seen }: PlannedItem): void {
    this.#byKind.set(action.kind, this.count(action.kind) + 1);
    for (const entry of seen) {
      if (entry.type === 'directory') this.#folderBlocks += entry.blocks;
      this.#files.add(entry);
      if (action.kind === 'blob') this.#blobs.add(entry);
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
      folderDiskBytes: this.#folderBlocks * 512,
      byKind,
    };
  }
}

export function planTotalsOf(items: Iterable<PlannedItem>): PlanTotals {
  const fold = new TotalsFold();
  for (const item of items) fold.add(item);
  return fold.done();
}
