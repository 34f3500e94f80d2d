/** A plan's totals, folded from its items. */
import type { ActionKind, PlannedItem, PlanTotals, Seen } from './types.js';

/**
 * Adds up allocation that ends when everything added is gone: a file with several names
 * only counts once all of them are in.
 */
export class FreedBytes {
  total = 0;
  readonly #partly = new Map<string, { names: number; seen: number }>();

  add(file: Pick<Seen, 'type' | 'dev' | 'ino' | 'nlink' | 'blocks'>): void {
    if (file.type === 'directory') return;
    if (file.nlink <= 1) {
      this.total += file.blocks * 512;
      return;
    }
    const key = `${file.dev}:${file.ino}`;
    const known = this.#partly.get(key) ?? { names: file.nlink, seen: 0 };
    known.seen += 1;
    this.#partly.set(key, known);
    if (known.seen === known.names) this.total += file.blocks * 512;
  }
}

export class TotalsFold {
  readonly #byKind = new Map<ActionKind, number>();
  readonly #freed = new FreedBytes();
  #bytes = 0;

  add({ action, seen }: PlannedItem): void {
    this.#byKind.set(action.kind, this.count(action.kind) + 1);
    this.#bytes += action.bytes ?? 0;
    for (const file of seen) this.#freed.add(file);
  }

  count(kind: ActionKind): number {
    return this.#byKind.get(kind) ?? 0;
  }

  done(): PlanTotals {
    const byKind = Object.fromEntries([...this.#byKind].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      actions: [...this.#byKind.values()].reduce((sum, n) => sum + n, 0),
      blobs: this.count('blob'),
      bytes: this.#bytes,
      diskBytes: this.#freed.total,
      byKind,
    };
  }
}

export function totalsOf(items: Iterable<PlannedItem>): PlanTotals {
  const fold = new TotalsFold();
  for (const item of items) fold.add(item);
  return fold.done();
}
