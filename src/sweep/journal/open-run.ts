/** An open run: descriptors of the tree, the trash and the journal. */
import { hash } from 'node:crypto';
import { nameToBytes } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import type { FolderMeta } from '../../storage/writer/folder-meta.js';
import { StorageWriter } from '../../storage/writer/writer.js';
import { RegsweepError } from '../../util/errors.js';
import { ancestorsOf, parentOf } from '../../util/paths.js';
import { releaseReserve } from '../state/reserve.js';
import { ensureTrash, type SweepState } from '../state/state.js';
import type { RunFile } from './reader.js';
import { Journal } from './writer.js';

/** @throws RegsweepError `failed` if the tree is reached through a symbolic link or was replaced */
export function openTreeForWriting(tree: StorageTree): StorageWriter {
  const refuse = (why: string): never => {
    throw new RegsweepError('failed', `${tree.v2} ${why}; nothing is changed there`, {
      path: tree.v2,
      remedy: 'give the real folder with --root',
    });
  };
  if (tree.viaSymlink) refuse('is reached through a symbolic link');
  const writer = StorageWriter.open(tree.v2);
  if (writer.inode === tree.inode && writer.device === tree.device) return writer;
  writer.close();
  return refuse('was replaced since it was read');
}

/** Opens a run's trash. The caller closes it. @throws system errors if it is missing */
export function openTrash(state: SweepState, id: string): StorageWriter {
  const home = StorageWriter.open(state.home);
  try {
    return home.pin(`runs/${id}/trash`);
  } finally {
    home.close();
  }
}

/** The trash's folder of removed empty folders. Each is moved there under the hash of its path. */
export const EMPTIED = 'folders';

/** Path in the trash of a removed folder, which keeps its ACLs and other attributes. */
export const emptiedAt = (folder: string): string =>
  `${EMPTIED}/${hash('sha256', nameToBytes(folder))}`;

/** The descriptors of one open run. `close` closes all of them except the tree's. */
export class RunStore {
  readonly #made = new Set<string>();

  private constructor(
    readonly id: string,
    readonly tree: StorageWriter,
    readonly trash: StorageWriter,
    readonly journal: Journal,
    /** Owner, mode and times of the folders above items, from before the run. */
    readonly parents: Map<string, FolderMeta>,
  ) {}

  /** @param inPlace the run has no trash; files are put aside in their own folders */
  static create(state: SweepState, id: string, tree: StorageWriter, inPlace = false): RunStore {
    const journal = Journal.create(state.journalPath(id), () => releaseReserve(state.home));
    return new RunStore(id, tree, inPlace ? tree : openTrash(state, id), journal, new Map());
  }

  static reopen(state: SweepState, run: RunFile, tree: StorageWriter): RunStore {
    const { id } = run.header;
    const { inPlace = false } = run.header;
    if (!inPlace) ensureTrash(state, id);
    const journal = Journal.reopen(run.path, run.size, () => releaseReserve(state.home));
    return new RunStore(id, tree, inPlace ? tree : openTrash(state, id), journal, run.parents);
  }

  /** Whether the run has no trash, so that files are put aside in their own folders. */
  get isInPlace(): boolean {
    return this.trash === this.tree;
  }

  close(): void {
    this.journal.close();
    if (!this.isInPlace) this.trash.close();
  }

  /**
   * Closes cached descriptors, so that the next batch opens its folders again from the top ones.
   */
  forget(): void {
    this.tree.forget();
    this.trash.forget();
  }

  /** Journals the folders above an item, each once. @throws ENOENT if one is missing */
  journalParents(path: string): void {
    if (this.parents.has(parentOf(path))) return;
    for (const folder of ancestorsOf(path)) this.journalFolder(folder);
  }

  journalFolder(folder: string): void {
    if (this.parents.has(folder)) return;
    const meta = this.tree.meta(folder);
    if (meta === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    this.parents.set(folder, meta);
    this.journal.add({ t: 'parent', path: folder, ...meta });
  }

  /**
   * Makes the folders above an item in the trash.
   * @param dirty receives those that need an fsync
   */
  makeTrashParents(path: string, dirty: Set<string>): void {
    if (this.isInPlace || this.#made.has(parentOf(path))) return;
    for (const folder of ancestorsOf(path)) {
      if (this.#made.has(folder)) continue;
      if (this.trash.makeFolder(folder, this.parents.get(folder)!)) dirty.add(parentOf(folder));
      this.#made.add(folder);
    }
  }
}
