/** Reads the files of each action from the disk, one action at a time. */
import type { Digest } from '../storage/digest.js';

import { type EntrySnapshot, snapshot, snapshotItem } from '../storage/entry-snapshot.js';
import type { StorageReader } from '../storage/port.js';
import { Allocation } from '../util/disk/file-sizes.js';
import type { Action, PlannedItem } from './types.js';

/** Maximum number of cached blobs. Each takes about a kilobyte. */
const MOST_CACHED = 10_000;

/** Caches the snapshots of blobs by path, since no other action of a run changes their folders. */
export class SeenBlobs {
  readonly #seen = new Map<string, readonly EntrySnapshot[]>();

  constructor(private readonly most = MOST_CACHED) {}

  add({ action: { kind, path }, seen }: PlannedItem): void {
    if (kind === 'blob' && this.#seen.size < this.most) this.#seen.set(path, seen);
  }

  get(path: string): readonly EntrySnapshot[] | undefined {
    return this.#seen.get(path);
  }
}

/**
 * Reads each action's folder and everything below it, lazily and in order.
 * @param dead repositories that are removed completely; their items with actions of their own are
 *   left out of the repositories' snapshots
 * @param blobs cached snapshots, used without reading again: the sweep compares them before a
 *   rename
 */
export function* measured(
  actions: Iterable<Action>,
  reader: StorageReader,
  dead: ReadonlySet<string> = new Set(),
  blobs = new SeenBlobs(),
): Generator<PlannedItem> {
  const separate = new Set<string>();
  for (const action of actions) {
    if (dead.has(action.repository ?? '') && action.kind !== 'repository')
      separate.add(action.path);
    const seen = blobs.get(action.path) ?? snapshotOf(reader, action, separate);
    yield { action: withBytes(action, seen), seen };
  }
}

/** Adds the apparent size in bytes of the files to the action. */
export function withBytes(action: Action, seen: readonly EntrySnapshot[]): Action {
  if (action.kind === 'empty-directory') return action;
  const sizes = new Allocation();
  for (const one of seen) if (one.type !== 'directory') sizes.add(one);
  return sized(action, sizes.bytes);
}

const sized = (action: Action, bytes: number): Action =>
  bytes === action.bytes ? action : { ...action, bytes };

/** Of an empty folder only itself, since other actions may still have to empty it. */
function snapshotOf(
  reader: StorageReader,
  { kind, path }: Action,
  separate: ReadonlySet<string>,
): EntrySnapshot[] {
  return kind === 'empty-directory' ? snapshotItem(reader, path) : snapshot(reader, path, separate);
}

/** Length in bytes of a link file with a sha256 digest. */
const LINK_BYTES = 71;
const LINKS: ReadonlySet<string> = new Set(['revision', 'layer-link', 'tag-history']);

/**
 * Keeps the sizes of measured actions, so that listing them needs no second reading. Keeps only
 * sizes that differ from those that the facts give, which are few.
 */
export class MeasuredBytes {
  readonly #others = new Map<string, number>();

  /** @param blobBytes apparent size of a blob in bytes, if it is known */
  constructor(private readonly blobBytes: (digest: Digest) => number | undefined) {}

  add({ action }: PlannedItem): void {
    const { path, bytes } = action;
    if (bytes !== undefined && bytes !== this.#expected(action)) this.#others.set(path, bytes);
  }

  /** Adds the size to an action that was measured before. */
  of(action: Action): Action {
    if (action.kind === 'empty-directory') return action;
    const bytes = this.#others.get(action.path) ?? this.#expected(action);
    return bytes === undefined ? action : sized(action, bytes);
  }

  #expected({ kind, digest }: Action): number | undefined {
    if (LINKS.has(kind)) return LINK_BYTES;
    return kind === 'blob' && digest !== undefined ? this.blobBytes(digest) : undefined;
  }
}
