/** Where a restore takes items from: a run by its journal, or by its trash where that is no use. */
import type { ActionKind } from '../../graph/action-kinds.js';
import type { FolderMeta } from '../../storage/writer/folder-meta.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { ancestorsOf } from '../../util/paths.js';
import type { TreeAndTrash } from '../items/restore-items.js';
import { salvageItems } from '../journal/items-from-paths.js';
import { emptiedAt, openTrash, RunStore } from '../journal/open-run.js';
import type { RunFile } from '../journal/reader.js';
import type { ItemRecord } from '../journal/records.js';
import { isThere, runIds, type SweepState } from '../state/state.js';
import type { Selected } from './select.js';

export interface RestoreSource {
  readonly id: string;
  /** Paths that come back without the rest of their item. */
  readonly apart: Selected['apart'];
  /** Undefined where no journal tells it. */
  readonly folderTimesAfter: RunFile['folderTimesAfter'] | undefined;
  /** Items of one kind, in the order in which they come back. */
  batches(kind: ActionKind, size: number): Iterable<readonly ItemRecord[]>;
  /** With descriptors that walk from the pinned folders again. */
  sidesFor(items: readonly ItemRecord[]): TreeAndTrash;
  wholeOf(n: number): number;
  close(): void;
}

export function openSource(
  state: SweepState,
  selected: Selected,
  tree: StorageWriter,
): RestoreSource {
  const { file } = selected;
  return file === undefined
    ? new Salvaged(state, selected, tree)
    : new Journalled(RunStore.reopen(state, file, tree), file, selected, elsewhereIn(state));
}

/** Of several runs the newest one that has the folder. */
const elsewhereIn =
  (state: SweepState): TreeAndTrash['elsewhere'] =>
  (folder) => {
    const has = (id: string): boolean => isThere(`${state.trashPath(id)}/${emptiedAt(folder)}`);
    const id = runIds(state).find(has);
    return id === undefined ? undefined : openTrash(state, id);
  };

class Journalled implements RestoreSource {
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

  *batches(kind: ActionKind, size: number): Generator<ItemRecord[]> {
    const numbers = [...(this.selected.numbers[kind] ?? [])].reverse();
    for (let at = 0; at < numbers.length; at += size) {
      yield [...this.file.items(numbers.slice(at, at + size))];
    }
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
 * The trash has the layout of the tree, and its folders have the owner and mode of the tree's.
 * Each item is in one place or the other throughout, so one that was cut short is simply done
 * again. The journal, and what is left of the trash, stay as they are.
 */
class Salvaged implements RestoreSource {
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

  *batches(kind: ActionKind, size: number): Generator<ItemRecord[]> {
    const ofKind = this.#items.filter((item) => item.kind === kind);
    for (let at = 0; at < ofKind.length; at += size) yield ofKind.slice(at, at + size);
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
