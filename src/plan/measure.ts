/** What stands on the disk for each action, looked at when it is asked for. */
import type { Digest } from '../storage/digest.js';

import { type EntrySnapshot, snapshot, snapshotItem } from '../storage/entry-snapshot.js';
import type { StorageReader } from '../storage/port.js';
import { FileSizes } from './totals.js';
import type { Action, PlannedItem } from './types.js';

/** Blobs of a plan that are remembered: each takes about a kilobyte. */
const REMEMBERED = 10_000;

/** What was seen of blobs, by path: nothing else of a run changes their folders. */
export class SeenBlobs {
  readonly #seen = new Map<string, readonly EntrySnapshot[]>();

  add({ action: { kind, path }, seen }: PlannedItem): void {
    if (kind === 'blob' && this.#seen.size < REMEMBERED) this.#seen.set(path, seen);
  }

  get(path: string): readonly EntrySnapshot[] | undefined {
    return this.#seen.get(path);
  }
}

/**
 * Looks at each action's folder and all beneath it, lazily and in order.
 * @param dead repositories that go whole: their layer links that go by themselves are not seen twice
 * @param blobs need no second look: what has changed since is found before anything is moved
 */
export function* measured(
  actions: Iterable<Action>,
  reader: StorageReader,
  dead: ReadonlySet<string> = new Set(),
  blobs = new SeenBlobs(),
): Generator<PlannedItem> {
  const apart = new Set<string>();
  for (const action of actions) {
    if (dead.has(action.repository ?? '') && action.kind !== 'repository') apart.add(action.path);
    const seen = blobs.get(action.path) ?? lookFor(reader, action, apart);
    yield { action: withBytes(action, seen), seen };
  }
}

/** With the apparent size of the files that go. */
export function withBytes(action: Action, seen: readonly EntrySnapshot[]): Action {
  if (action.kind === 'empty-directory') return action;
  const sizes = new FileSizes();
  for (const file of seen) sizes.add(file);
  return { ...action, bytes: sizes.bytes };
}

/** An empty directory takes nothing along, whatever lies in it before its turn comes. */
function lookFor(
  reader: StorageReader,
  { kind, path }: Action,
  apart: ReadonlySet<string>,
): EntrySnapshot[] {
  return kind === 'empty-directory' ? snapshotItem(reader, path) : snapshot(reader, path, apart);
}

/** Length of a link file that holds a sha256 digest. */
const LINK_BYTES = 71;
const LINKS: ReadonlySet<string> = new Set(['revision', 'layer-link', 'tag-history']);

/**
 * The sizes of measured actions, so that listing them needs no second look. Nearly all are what the
 * facts tell, so only the others take memory.
 */
export class MeasuredBytes {
  readonly #others = new Map<string, number>();

  /** @param blobBytes apparent size of a blob, where it is known */
  constructor(private readonly blobBytes: (digest: Digest) => number | undefined) {}

  add({ action }: PlannedItem): void {
    const { path, bytes } = action;
    if (bytes !== undefined && bytes !== this.#usual(action)) this.#others.set(path, bytes);
  }

  /** An action that was measured before, with its size. */
  of(action: Action): Action {
    if (action.kind === 'empty-directory') return action;
    const bytes = this.#others.get(action.path) ?? this.#usual(action);
    return bytes === undefined ? action : { ...action, bytes };
  }

  #usual({ kind, digest }: Action): number | undefined {
    if (LINKS.has(kind)) return LINK_BYTES;
    return kind === 'blob' && digest !== undefined ? this.blobBytes(digest) : undefined;
  }
}
