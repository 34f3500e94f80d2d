/**
 * The fingerprint of a tree: a sum of hashes over every folder and file. If two are equal, no
 * process wrote to the tree between them.
 */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { below } from '../../storage/mounts/mountinfo.js';
import { fsPath, nameFromBytes } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import { addLanes, hashSeeds, LANES } from './entry-hash.js';
import { hasIdleThreads, walkInThreads } from './pool.js';
import { type Pace, TaskQueue, VisitTimes } from './quiet-window.js';
import {
  addRecent,
  addStat,
  type Known,
  SUM_LENGTH,
  SUMS,
  type WalkResult,
  type WalkTask,
  walk,
} from './walk.js';

export interface Fingerprint {
  /**
   * Four sums of four 32-bit lanes: the tree, its files only, `_uploads`, its files only. See SUMS.
   */
  readonly sums: readonly number[];
  /** Number of folders and files outside `_uploads`. */
  readonly entries: number;
  readonly uploadEntries: number;
  /** Real paths of folders outside the tree that symbolic links in it lead to, sorted. */
  readonly outside: readonly string[];
  /**
   * Paths of the latest changes since `sinceMs`, newest first, at most five, outside `_uploads`.
   */
  readonly recent: readonly string[];
  /** The same within `_uploads`. */
  readonly recentUploads: readonly string[];
  readonly startedAtMs: number;
  /** When each part was read, so that a later fingerprint can keep the quiet window's distance. */
  readonly visited: VisitTimes;
  /** Makes the next fingerprint faster. */
  readonly known: Known;
}

export interface FingerprintOptions {
  readonly signal?: AbortSignal;
  /** Reports entries that changed at this time or later, in ms since the epoch; default none. */
  readonly sinceMs?: number;
  /** From an earlier fingerprint of this tree. Without it every folder is listed. */
  readonly known?: Known | undefined;
  /** Reads each part of the tree no sooner than this after an earlier fingerprint read it. */
  readonly pace?: Pace;
  /** Entries to read in this thread before the others get work. */
  readonly inline?: number;
}

/** File times lag behind the clock by a tick, and those of network filesystems by more. */
export const CLOCK_SLACK_MS = 100;

/**
 * Entries that this thread reads before it starts others, which takes about as much CPU time as
 * reading these. Threads that have been started get work sooner.
 */
const INLINE_BUDGET = { alone: 30_000, withThreads: 4_000 } as const;

/**
 * Hashes dev, ino, size, mtime and ctime of every folder and file of the tree. Follows links to
 * folders, each target once. Adds the target's own entry for links to files.
 * @param concurrency maximum number of threads
 * @throws RegsweepError `failed` if a folder can't be read, `interrupted` on the signal
 */
export async function fingerprint(
  tree: StorageTree,
  concurrency: number,
  options: FingerprintOptions = {},
): Promise<Fingerprint> {
  const { known, signal, pace } = options;
  if (pace !== undefined) await waitUntil(pace.from.firstAt + pace.ms, signal);
  const startedAtMs = Date.now();
  const sinceMs = options.sinceMs ?? Number.POSITIVE_INFINITY;
  const total = new Total(
    nameFromBytes(fs.realpathSync.native(fsPath(tree.v2) as string, 'buffer')),
  );
  const inline =
    options.inline ?? (hasIdleThreads() ? INLINE_BUDGET.withThreads : INLINE_BUDGET.alone);
  const first = walk(total.start(), inline, sinceMs, known, pace?.from.parts);
  const queue = new TaskQueue(pace);
  queue.add([...total.take(first), ...first.rest]);
  const visited = new VisitTimes();
  visited.firstDone(performance.now());
  if (!queue.isEmpty) {
    const threads = Math.max(1, concurrency);
    const take = (part: WalkResult, of: readonly WalkTask[]): void => {
      queue.add(total.take(part));
      queue.more(part.rest);
      visited.done(of, performance.now());
    };
    await walkInThreads(queue, threads, { sinceMs, known, seeds: hashSeeds() }, take, signal);
  }
  return total.finish(startedAtMs, visited, known);
}

/**
 * Waits until every part of the tree may be read again, so that a fingerprint with this pace
 * needn't wait.
 * @param ms the distance from the earlier fingerprint
 * @throws RegsweepError `interrupted` on the signal
 */
export async function waitOut(
  ms: number,
  { visited }: Fingerprint,
  signal: AbortSignal | undefined,
): Promise<void> {
  await waitUntil(visited.endedAt + ms, signal);
}

/** @throws RegsweepError `interrupted` on the signal */
async function waitUntil(moment: number, signal: AbortSignal | undefined): Promise<void> {
  for (let left = 1; left > 0 && signal?.aborted !== true; ) {
    left = Math.ceil(moment - performance.now());
    const options = signal === undefined ? {} : { signal };
    if (left > 0) await sleep(left, undefined, options).catch(() => undefined); // checked below
  }
  if (signal?.aborted === true) {
    throw new RegsweepError('interrupted', 'interrupted before anything was changed');
  }
}

class Total {
  readonly #sum = walk([], 0, 0);
  readonly #outside = new Set<string>();
  readonly #odd = new Set<string>();

  constructor(private readonly v2: string) {}

  start(): WalkTask[] {
    addStat(this.#sum, fs.lstatSync(fsPath(this.v2)), true, false);
    return [{ path: this.v2, uploads: false }];
  }

  /**
   * @returns folders outside the tree that links in this part lead to, which are still to be read
   */
  take(part: WalkResult): WalkTask[] {
    addLanes(this.#sum.sums, part.sums);
    this.#sum.entries += part.entries;
    this.#sum.uploadEntries += part.uploadEntries;
    addRecent(this.#sum.recent, part.recent);
    addRecent(this.#sum.recentUploads, part.recentUploads);
    for (const path of part.odd) this.#odd.add(path);
    return part.links.flatMap((link) => this.#follow(link));
  }

  /** Follows each target once. Leaves out targets within the tree and those that contain it. */
  #follow(link: WalkTask): WalkTask[] {
    const target = nameFromBytes(fs.realpathSync.native(fsPath(link.path) as string, 'buffer'));
    const within = below(this.v2, target) !== undefined || below(target, this.v2) !== undefined;
    if (within || this.#outside.has(target)) return [];
    this.#outside.add(target);
    addStat(this.#sum, fs.lstatSync(fsPath(target)), true, link.uploads);
    return [{ path: target, uploads: link.uploads }];
  }

  finish(startedAtMs: number, visited: VisitTimes, known: Known | undefined): Fingerprint {
    return {
      sums: [...this.#sum.sums],
      entries: this.#sum.entries,
      uploadEntries: this.#sum.uploadEntries,
      outside: [...this.#outside].sort(),
      recent: this.#sum.recent.map((change) => change.path),
      recentUploads: this.#sum.recentUploads.map((change) => change.path),
      startedAtMs,
      visited,
      known: known ?? { beforeMs: startedAtMs - CLOCK_SLACK_MS, odd: this.#odd },
    };
  }
}

const lanes = (print: Fingerprint, offset: number): number[] =>
  print.sums.slice(offset, offset + LANES);

/** @param ignoreUploads ignores `_uploads`, which a read-only registry still cleans up */
export function sameFingerprint(a: Fingerprint, b: Fingerprint, ignoreUploads: boolean): boolean {
  const length = ignoreUploads ? SUMS.uploads : SUM_LENGTH;
  return (
    a.entries === b.entries &&
    (ignoreUploads || a.uploadEntries === b.uploadEntries) &&
    a.sums.slice(0, length).every((sum, i) => sum === b.sums[i]) &&
    a.outside.join('\0') === b.outside.join('\0')
  );
}

/**
 * The sum of the files without the folders, since moving a file changes the times of its folder but
 * no other file.
 * @param ignoreUploads leaves out the files in `_uploads`
 */
export function fileSums(print: Fingerprint, ignoreUploads: boolean): Uint32Array {
  const sums = Uint32Array.from(lanes(print, SUMS.treeFiles));
  if (!ignoreUploads) addLanes(sums, lanes(print, SUMS.uploadFiles));
  return sums;
}

/**
 * @throws RegsweepError `guard-refused` if they differ, with the changed paths if they are known
 */
export function requireSame(before: Fingerprint, after: Fingerprint, ignoreUploads: boolean): void {
  if (sameFingerprint(before, after, ignoreUploads)) return;
  const changed = ignoreUploads ? after.recent : [...after.recent, ...after.recentUploads];
  const counts = [before, after].map((print) => print.entries + print.uploadEntries);
  const what =
    changed.length === 0
      ? `${counts[0]} entries before, ${counts[1]} after; their times don't show which changed`
      : changed.join(', ');
  throw new RegsweepError('guard-refused', `the tree changed during the quiet window: ${what}`, {
    remedy:
      'stop the process that writes there, then try again; to see what uses the tree:\nregsweep guard',
    ...(changed[0] === undefined ? {} : { path: changed[0] }),
  });
}
