/** The fingerprint of a tree: one sum over every folder and file. Two that are equal saw no writer between. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { below } from '../../storage/mounts/mountinfo.js';
import { fsPath, nameFromBytes } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import { addLanes, LANES } from './entry-hash.js';
import { walkInThreads } from './pool.js';
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
  /** Four sums of four 32-bit lanes: the tree and its files alone, `_uploads` and its files alone. */
  readonly sums: readonly number[];
  /** Folders and files, `_uploads` aside. */
  readonly entries: number;
  readonly uploadEntries: number;
  /** Real paths of folders outside that symbolic links in the tree lead to. */
  readonly outside: readonly string[];
  /** The newest of the entries that changed since the time that was asked for, `_uploads` aside. */
  readonly recent: readonly string[];
  /** The same of `_uploads` alone. */
  readonly recentUploads: readonly string[];
  readonly startedAtMs: number;
  /** When what was seen: a later look keeps its distance. */
  readonly looked: VisitTimes;
  /** Makes the next one faster. */
  readonly known: Known;
}

export interface FingerprintOptions {
  readonly signal?: AbortSignal;
  readonly sinceMs?: number;
  /** Of an earlier fingerprint of this tree; without it every folder is listed. */
  readonly known?: Known | undefined;
  /** Each part of the tree is looked at no sooner than this after an earlier fingerprint did. */
  readonly pace?: Pace;
}

/** File times lag behind the clock by a tick, and network clocks by more. */
export const CLOCK_SLACK_MS = 100;

/** A small tree is done before a thread has started. */
const INLINE_BUDGET = 4_000;

/**
 * Every folder and file of the tree: dev, ino, size, mtime, ctime. Links to folders are followed, each
 * target once; of what other links lead to, the entry alone is taken.
 * @param concurrency threads at most
 * @throws RegsweepError `failed` where a folder can't be read, `interrupted` on the signal
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
  const first = walk(total.start(), INLINE_BUDGET, sinceMs, known, pace?.from.parts);
  const line = new TaskQueue(pace);
  line.add([...total.take(first), ...first.rest]);
  const looked = new VisitTimes();
  looked.firstDone(performance.now());
  if (!line.isEmpty) {
    const threads = Math.max(1, concurrency);
    const take = (part: WalkResult, of: readonly WalkTask[]): void => {
      line.add(total.take(part));
      line.more(part.rest);
      looked.done(of, performance.now());
    };
    await walkInThreads(line, threads, { sinceMs, known }, take, signal);
  }
  return total.finish(startedAtMs, looked, known);
}

/**
 * Until every part of the tree may be looked at again, so that a look with this pace need not wait.
 * @throws RegsweepError `interrupted` on the signal
 */
export async function waitOut(
  ms: number,
  { looked }: Fingerprint,
  signal: AbortSignal | undefined,
): Promise<void> {
  await waitUntil(looked.endedAt + ms, signal);
}

/** @throws RegsweepError `interrupted` on the signal */
async function waitUntil(moment: number, signal: AbortSignal | undefined): Promise<void> {
  for (let left = 1; left > 0 && signal?.aborted !== true; ) {
    left = Math.ceil(moment - performance.now());
    const options = signal === undefined ? {} : { signal };
    if (left > 0) await sleep(left, undefined, options).catch(() => undefined); // looked at below
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

  /** @returns folders outside that its links lead to: they are still to be walked */
  take(part: WalkResult): WalkTask[] {
    addLanes(this.#sum.sums, part.sums);
    this.#sum.entries += part.entries;
    this.#sum.uploadEntries += part.uploadEntries;
    addRecent(this.#sum.recent, part.recent);
    addRecent(this.#sum.recentUploads, part.recentUploads);
    for (const path of part.odd) this.#odd.add(path);
    return part.links.flatMap((link) => this.#follow(link));
  }

  /** Each target once; one that lies in the tree is walked anyway, one above it would lead back. */
  #follow(link: WalkTask): WalkTask[] {
    const target = nameFromBytes(fs.realpathSync.native(fsPath(link.path) as string, 'buffer'));
    const within = below(this.v2, target) !== undefined || below(target, this.v2) !== undefined;
    if (within || this.#outside.has(target)) return [];
    this.#outside.add(target);
    addStat(this.#sum, fs.lstatSync(fsPath(target)), true, link.uploads);
    return [{ path: target, uploads: link.uploads }];
  }

  finish(startedAtMs: number, looked: VisitTimes, known: Known | undefined): Fingerprint {
    return {
      sums: [...this.#sum.sums],
      entries: this.#sum.entries,
      uploadEntries: this.#sum.uploadEntries,
      outside: [...this.#outside].sort(),
      recent: this.#sum.recent.map((change) => change.path),
      recentUploads: this.#sum.recentUploads.map((change) => change.path),
      startedAtMs,
      looked,
      known: known ?? { beforeMs: startedAtMs - CLOCK_SLACK_MS, odd: this.#odd },
    };
  }
}

const lanes = (print: Fingerprint, offset: number): number[] =>
  print.sums.slice(offset, offset + LANES);

/** @param ignoreUploads a read-only registry still clears `_uploads` */
export function sameFingerprint(a: Fingerprint, b: Fingerprint, ignoreUploads: boolean): boolean {
  const length = ignoreUploads ? SUMS.uploads : SUM_LENGTH;
  return (
    a.entries === b.entries &&
    (ignoreUploads || a.uploadEntries === b.uploadEntries) &&
    a.sums.slice(0, length).every((sum, i) => sum === b.sums[i]) &&
    a.outside.join('\0') === b.outside.join('\0')
  );
}

/** A short, printable form. */
export function fingerprintText(print: Fingerprint): string {
  const hex = [...lanes(print, SUMS.tree), ...lanes(print, SUMS.uploads)]
    .map((lane) => lane.toString(16).padStart(8, '0'))
    .join('');
  return `${hex}-${print.entries}-${print.uploadEntries}`;
}

/**
 * The sums of the files alone, `_uploads` included or not: folders change when something is
 * moved out of them, files elsewhere don't.
 */
export function fileSums(print: Fingerprint, ignoreUploads: boolean): Uint32Array {
  const sums = Uint32Array.from(lanes(print, SUMS.treeFiles));
  if (!ignoreUploads) addLanes(sums, lanes(print, SUMS.uploadFiles));
  return sums;
}

/** @throws RegsweepError `guard-refused` naming what changed, as far as is known */
export function requireSame(before: Fingerprint, after: Fingerprint, ignoreUploads: boolean): void {
  if (sameFingerprint(before, after, ignoreUploads)) return;
  const changed = ignoreUploads ? after.recent : [...after.recent, ...after.recentUploads];
  const counts = [before, after].map((print) => print.entries + print.uploadEntries);
  const what =
    changed.length === 0
      ? `${counts[0]} entries before, ${counts[1]} after; their times don't tell which changed`
      : changed.join(', ');
  throw new RegsweepError('guard-refused', `the tree changed while it was watched: ${what}`, {
    remedy: 'stop whatever writes there (regsweep guard shows who holds the tree), then try again',
    ...(changed[0] === undefined ? {} : { path: changed[0] }),
  });
}
