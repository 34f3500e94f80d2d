/**
 * The records of a run's journal: one JSON object a line. The reader doesn't trust the file: it
 * checks each record field by field, and refuses a file with a path that could lead out of the
 * tree.
 *
 *   run                      header
 *   (parents | parent)*      folders above the items, from before the run
 *   (items | item)+ ... done a batch of renames: its intents, then their results
 *   restore ... restored     items put back into the tree
 *   purge ... purged         items deleted from the trash
 *   settled                  places of the items of an interrupted batch, found by recovery
 *   end                      how the run ended
 */

import type { ActionKind } from '../../graph/action-kinds.js';
import { fitsKind, isSafePath } from '../../plan/file/action-paths.js';
import { type BootMoment, bootMoment } from '../../runtime/boot-clock.js';
import type { FolderMeta } from '../../storage/writer/folder-meta.js';

export type RunEnd = 'done' | 'partial' | 'interrupted' | 'rolled-back';

/** The form of the journals that this version writes. */
export const JOURNAL_VERSION = 3;

export interface RunRecord {
  readonly t: 'run';
  /**
   * 3. Older versions wrote 1, or 2 with `inPlace`, and no `items` records. A version that doesn't
   * know a run's form must refuse its journal.
   */
  readonly v: 1 | 2 | 3;
  readonly id: string;
  readonly command: string;
  readonly planId: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly quarantine: boolean;
  /** The run has no trash: its files are put aside in their own folders, then deleted. */
  readonly inPlace?: boolean;
  readonly store: {
    readonly filesystemId: string;
    readonly inode: string;
    /** Id of the tree. Missing in runs of older versions and in those begun on a full disk. */
    readonly tree?: string;
    /** Birth time of the tree's folder in ns since the epoch. */
    readonly born?: string;
  };
}

export interface ParentRecord extends FolderMeta {
  readonly t: 'parent';
  readonly path: string;
}

/** Folders with the same owner and mode; see folder-groups.ts */
export interface ParentsRecord extends Pick<FolderMeta, 'mode' | 'uid' | 'gid'> {
  readonly t: 'parents';
  /** A text is the folder above those after it. */
  readonly of: (string | readonly [name: string, atimeNs: string, mtimeNs: string])[];
}

export interface ItemRecord {
  readonly t: 'item';
  /** Number of the item in the run, from 0. */
  readonly n: number;
  readonly kind: ActionKind;
  readonly path: string;
  readonly digest?: string;
  readonly repository?: string;
  readonly tag?: string;
  /** Set for a part of a repository; `last` is the repository's own folder. */
  readonly part?: 'inner' | 'last';
  readonly dev: number;
  readonly ino: number;
  /** Apparent size of its files in bytes. */
  readonly bytes: number;
  /** Allocated bytes of its files that have no name elsewhere. */
  readonly disk: number;
}

/** [name, inode, bytes, allocated bytes, digest]; see item-groups.ts */
export type GroupEntry = readonly [
  name: string,
  ino: number,
  bytes: number,
  disk?: number,
  digest?: string,
];

/** Consecutive items of one kind in one place. */
export interface ItemsRecord extends Pick<ItemRecord, 'n' | 'kind' | 'repository' | 'tag' | 'dev'> {
  readonly t: 'items';
  /** Algorithm of the digests. */
  readonly alg?: string;
  /** The folder above empty folders. */
  readonly in?: string;
  /** A text is the repository of the items after it. */
  readonly of: readonly (string | GroupEntry)[];
}

/** Adds items to the counts by kind, or subtracts them. Counts a repository with its last part. */
export function countKinds(
  counts: Partial<Record<ActionKind, number>>,
  items: Iterable<ItemRecord>,
  step: 1 | -1 = 1,
): void {
  for (const { kind, part } of items) {
    if (part === 'inner') continue;
    const counted = part === 'last' ? 'repository' : kind;
    counts[counted] = (counts[counted] ?? 0) + step;
  }
}

/** Counts by kind if parts of a repository may be handled separately: with the first part seen. */
export class PartwiseCounts {
  readonly counts: Partial<Record<ActionKind, number>> = {};
  readonly #begun = new Set<string>();

  /** @param wholeOf see `RunFile.wholeOf` */
  add(runId: string, items: Iterable<ItemRecord>, wholeOf: (n: number) => number): void {
    for (const { n, kind, part } of items) {
      const key = `${runId}/${wholeOf(n)}`;
      if (part !== undefined && this.#begun.has(key)) continue;
      if (part !== undefined) this.#begun.add(key);
      const counted = part === undefined ? kind : 'repository';
      this.counts[counted] = (this.counts[counted] ?? 0) + 1;
    }
  }
}

/** [item, reason] */
export type Note = readonly [number, string];

export interface DoneRecord {
  readonly t: 'done';
  readonly not: readonly Note[];
  /**
   * mtimes of the parents (ns) after the batch, so that a restore sees whether others changed them.
   */
  readonly left: readonly (readonly [string, string])[];
}

export interface RestoreRecord {
  readonly t: 'restore';
  readonly n: readonly number[];
  /** Folders that the restore creates again. */
  readonly made: readonly string[];
  /** Folders whose recorded times are set again after the batch. */
  readonly times: readonly string[];
  /** Paths that are restored without the rest of their items, which stays in the trash. */
  readonly apart?: readonly string[];
}

export interface RestoredRecord {
  readonly t: 'restored';
  readonly n: readonly number[];
  readonly conflicts: readonly Note[];
}

export interface PurgeRecord {
  readonly t: 'purge';
  readonly n: readonly number[];
  /** Number of entries of each item in the trash, itself included. */
  readonly entries: readonly number[];
}

export interface PurgedRecord {
  readonly t: 'purged';
  readonly n: readonly number[];
}

export type ItemLocation = 'trash' | 'tree' | 'purged' | 'lost';

export interface SettledRecord {
  readonly t: 'settled';
  readonly items: readonly (readonly [number, ItemLocation])[];
}

export interface EndRecord {
  readonly t: 'end';
  readonly state: RunEnd;
  readonly at: string;
  /** The same moment by the kernel's clock. Missing in runs of older versions. */
  readonly clock?: BootMoment;
}

export type JournalRecord =
  | RunRecord
  | ParentRecord
  | ParentsRecord
  | ItemRecord
  | ItemsRecord
  | DoneRecord
  | RestoreRecord
  | RestoredRecord
  | PurgeRecord
  | PurgedRecord
  | SettledRecord
  | EndRecord;

/** The record of a run that ends now. */
export function endRecord(state: RunEnd): EndRecord {
  const at = new Date().toISOString();
  const clock = bootMoment();
  return { t: 'end', state, at, ...(clock === undefined ? {} : { clock }) };
}

/** @returns undefined for a line that regsweep would not have written */
export function parseRecord(line: string): JournalRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value) || typeof value.t !== 'string') return undefined;
  const check = Object.hasOwn(checks, value.t) ? checks[value.t as JournalRecord['t']] : undefined;
  return check?.(value) ? (value as unknown as JournalRecord) : undefined;
}

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isOptionalText = (value: unknown): boolean => value === undefined || isText(value);
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value);
const isInteger = (value: unknown): boolean => isCount(value) && Number.isSafeInteger(value);
const isNs = (value: unknown): boolean => typeof value === 'string' && /^-?\d{1,20}$/.test(value);
const all = (value: unknown, check: (entry: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(check);
const isPair = (a: (v: unknown) => boolean, b: (v: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.length === 2 && a(value[0]) && b(value[1]);
const isOptionalMoment = (value: unknown): boolean =>
  value === undefined || (isObject(value) && isText(value.boot) && isCount(value.uptimeMs));
const isOwner = ({ mode, uid, gid }: Fields): boolean =>
  [mode, uid, gid].every(isInteger) && (mode as number) <= 0o7777;
const isFolderEntry = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 3 && isText(value[0]) && value.slice(1).every(isNs);
const isGroupEntry = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length <= 5 &&
  isText(value[0]) &&
  isCount(value[1]) &&
  isCount(value[2]) &&
  (value[3] === undefined || isCount(value[3])) &&
  isOptionalText(value[4]);
const isNote = isPair(isInteger, isText);

const places: readonly unknown[] = ['trash', 'tree', 'purged', 'lost'];
const ends: readonly unknown[] = ['done', 'partial', 'interrupted', 'rolled-back'];

const checks: Record<JournalRecord['t'], (record: Fields) => boolean> = {
  run: (r) =>
    (r.v === JOURNAL_VERSION || r.v === (r.inPlace === true ? 2 : 1)) &&
    [r.id, r.command, r.planId, r.startedAt].every(isText) &&
    typeof r.quarantine === 'boolean' &&
    [undefined, true, false].includes(r.inPlace as undefined) &&
    isObject(r.store) &&
    isText(r.store.filesystemId) &&
    isText(r.store.inode) &&
    [r.store.tree, r.store.born].every(isOptionalText),
  parent: (r) => isSafePath(r.path) && isOwner(r) && isNs(r.atimeNs) && isNs(r.mtimeNs),
  parents: (r) => isOwner(r) && all(r.of, (entry) => isText(entry) || isFolderEntry(entry)),
  item: (r) =>
    isSafePath(r.path) &&
    fitsKind(r.kind, r.path) &&
    isInteger(r.n) &&
    [r.dev, r.ino, r.bytes, r.disk].every(isCount) &&
    [r.digest, r.repository, r.tag].every(isOptionalText) &&
    [undefined, 'inner', 'last'].includes(r.part as undefined),
  items: (r) =>
    isText(r.kind) &&
    isInteger(r.n) &&
    isCount(r.dev) &&
    [r.tag, r.alg, r.in].every(isOptionalText) &&
    all(r.of, (entry) => isText(entry) || isGroupEntry(entry)),
  done: (r) => all(r.not, isNote) && all(r.left, isPair(isSafePath, isNs)),
  restore: (r) =>
    all(r.n, isInteger) &&
    [r.made, r.times, r.apart ?? []].every((paths) => all(paths, isSafePath)),
  restored: (r) => all(r.n, isInteger) && all(r.conflicts, isNote),
  purge: (r) =>
    all(r.n, isInteger) &&
    all(r.entries, isInteger) &&
    (r.n as unknown[]).length === (r.entries as unknown[]).length,
  purged: (r) => all(r.n, isInteger),
  settled: (r) =>
    all(
      r.items,
      isPair(isInteger, (place) => places.includes(place)),
    ),
  end: (r) => ends.includes(r.state) && isText(r.at) && isOptionalMoment(r.clock),
};
