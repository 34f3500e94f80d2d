/**
 * The sources of a restore: a run with its journal, or only its trash if the journal can't be used.
 */

import type { ActionKind } from '../../graph/action-kinds.js';
import type { FolderMeta } from '../../storage/writer/folder-meta.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { ancestorsOf } from '../../util/paths.js';
import type { TreeAndTrash } from '../items/restore-items.js';
import { salvageItems } from '../journal/items-from-paths.js';
import { emptiedAt, openTrash, RunStore } from '../journal/open-run.js';
import type { RunFile } from '../journal/reader.js';
import type { ItemRecord } from '../journal/records.js';
import { inBatches } from '../model/batches.js';
import { isThere, runIds, type SweepState } from '../state/state.js';
import type { Selected } from './select.js';

export interface RestoreSource {
  readonly id: string;
  /** Paths that are restored without the rest of their item. */
  readonly apart: Selected['apart'];
  /** Undefined without a journal. */
  readonly folderTimesAfter: RunFile['folderTimesAfter'] | undefined;
  /** Items of one kind, in the order of the restore. @param size asked before each batch */
  batches(kind: ActionKind, size: () => number): Iterable<readonly ItemRecord[]>;
  /** The two sides for a batch, with cached descriptors closed. */
  sidesFor(items: readonly ItemRecord[]): TreeAndTrash;
  wholeOf(n: number): number;
  close(): void;
}

/** Opens a selected run. The caller closes it. */
export function openSource(
  state: SweepState,
  selected: Selected,
  tree: StorageWriter,
): RestoreSource {
  const { file } = selected;
  return file === undefined
    ? new TrashSource(state, selected, tree)
    : new JournalSource(RunStore.reopen(state, file, tree), file, selected, elsewhereIn(state));
}

/** Opens the trash of the newest run that has the folder. */
const elsewhereIn =
  (state: SweepState): TreeAndTrash['elsewhere'] =>
  (folder) => {
    const has = (id: string): boolean => isThere(`${state.trashPath(id)}/${emptiedAt(folder)}`);
    const id = runIds(state).find(has);
    return id === undefined ? undefined : openTrash(state, id);
  };

class JournalSource implements RestoreSource {
  readonly id: string;
  readonly apart: Selected['apart'];
  readonly folderTimesAfter: RunFile['folderTimesAfter'];

  constructor(
    private readonly store: RunStore,
    private readonly file: RunFile,
    private readonly selected: Selected,
    private readonly elsewhere: TreeAndTrash['elsewhere'],
  ) {
    this.id = store.id;
    this.apart = selected.apart;
    this.folderTimesAfter = file.folderTimesAfter;
  }

  *batches(kind: ActionKind, size: () => number): Generator<ItemRecord[]> {
    const numbers = [...(this.selected.numbers[kind] ?? [])].reverse();
    for (const batch of inBatches(numbers, size)) yield [...this.file.items(batch)];
  }

  sidesFor(): TreeAndTrash {
    this.store.forget();
    const { tree, trash, parents, journal } = this.store;
    return { tree, trash, parents, journal, elsewhere: this.elsewhere };
  }

  wholeOf(n: number): number {
    return this.file.wholeOf(n);
  }

  close(): void {
    this.store.close();
  }
}

/**
 * Restores from the trash alone: it has the layout of the tree, and its folders have the owner and
 * mode of the tree's. Each item is always in exactly one place, so an interrupted restore can be
 * repeated. Changes neither the journal nor the rest of the trash.
 */
class TrashSource implements RestoreSource {
  readonly id: string;
  readonly apart: Selected['apart'];
  readonly folderTimesAfter = undefined;
  private readonly elsewhere: TreeAndTrash['elsewhere'];
  readonly #trash: StorageWriter;
  readonly #items: readonly ItemRecord[];

  constructor(
    state: SweepState,
    { id, only, apart }: Selected,
    private readonly tree: StorageWriter,
  ) {
    this.id = id;
    this.elsewhere = elsewhereIn(state);
    this.apart = apart;
    this.#items = [...salvageItems(state, id)].filter(({ path }) => only?.has(path) !== false);
    this.#trash = openTrash(state, id);
  }

  *batches(kind: ActionKind, size: () => number): Generator<ItemRecord[]> {
    yield* inBatches(
      this.#items.filter((item) => item.kind === kind),
      size,
    );
  }

  sidesFor(items: readonly ItemRecord[]): TreeAndTrash {
    this.tree.forget();
    this.#trash.forget();
    const parents = new Map<string, FolderMeta>();
    for (const folder of new Set(items.flatMap(({ path }) => ancestorsOf(path)))) {
      const meta = this.#trash.meta(folder);
      if (meta !== undefined) parents.set(folder, meta);
    }
    const journal = { add: () => {}, discard: () => {}, tryCommit: () => undefined };
    const { tree, elsewhere } = this;
    return { tree, trash: this.#trash, parents, journal, elsewhere };
  }

  wholeOf(n: number): number {
    return n;
  }

  close(): void {
    this.#trash.close();
  }
}
