/** What stands on the disk for each action, looked at when it is asked for. */
import type { Entry, FileStat, StorageReader } from '../storage/port.js';
import { FileSizes } from './totals.js';
import type { Action, EntrySnapshot, PlannedItem } from './types.js';

/** Deeper than anything in a repository that may go. */
const MAX_DEPTH = 64;

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

function withBytes(action: Action, seen: readonly EntrySnapshot[]): Action {
  if (action.kind === 'empty-directory') return action;
  const sizes = new FileSizes();
  for (const file of seen) sizes.add(file);
  return { ...action, bytes: sizes.bytes };
}

/** An empty directory takes nothing along, whatever lies in it before its turn comes. */
function lookFor(
  reader: StorageReader,
  action: Action,
  apart: ReadonlySet<string>,
): EntrySnapshot[] {
  if (action.kind !== 'empty-directory') return lookAt(reader, action.path, apart);
  const stat = reader.lstat(action.path);
  return stat === undefined ? [] : [{ name: '', ...stat }];
}

/** The item itself first, under the name ''; empty when it is gone. */
export function lookAt(
  reader: StorageReader,
  path: string,
  apart: ReadonlySet<string> = new Set(),
): EntrySnapshot[] {
  const stat = reader.lstat(path);
  if (stat === undefined) return [];
  const seen: EntrySnapshot[] = [{ name: '', ...stat }];
  if (stat.type === 'directory') look(reader, path, '', seen, apart, MAX_DEPTH);
  return seen;
}

function look(
  reader: StorageReader,
  path: string,
  prefix: string,
  seen: EntrySnapshot[],
  apart: ReadonlySet<string>,
  depth: number,
): void {
  if (depth === 0) throw new Error(`${path} nests too deep`);
  for (const { name } of sorted(reader.list(path) ?? [])) {
    const below = `${path}/${name}`;
    if (apart.has(below)) continue;
    const stat: FileStat | undefined = reader.lstat(below);
    if (stat === undefined) continue;
    seen.push({ name: prefix + name, ...stat });
    if (stat.type === 'directory') look(reader, below, `${prefix}${name}/`, seen, apart, depth - 1);
  }
}

function sorted(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length < 2) return entries;
  return [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
}
