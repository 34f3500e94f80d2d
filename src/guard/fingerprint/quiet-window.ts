/**
 * Keeps the quiet window between two fingerprints of a tree: no part is read again before the
 * window has passed since the first reading of that part ended. So the window of one part runs
 * while others are still being read. Times are milliseconds of the monotonic clock.
 */
import type { WalkTask } from './walk.js';

/** When one fingerprint read each part of the tree. */
export class VisitTimes {
  /** For each folder that a thread got: when all below it was read. */
  readonly #parts = new Map<string, number>();
  #first = 0;
  #ended = 0;

  /** Records that everything outside the parts was read. */
  firstDone(now: number): void {
    this.#first = now;
    this.#ended = now;
  }

  /**
   * Records folders that a thread has read, and with them the parts above them.
   * @param folders those that the thread got. If it left some work, that is recorded again later.
   */
  done(folders: readonly WalkTask[], now: number): void {
    for (const { path } of folders) {
      this.#parts.set(path, now);
      for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
        if (this.#parts.has(above)) this.#parts.set(above, now);
      }
    }
    this.#ended = Math.max(this.#ended, now);
  }

  get parts(): ReadonlySet<string> {
    return new Set(this.#parts.keys());
  }

  get firstAt(): number {
    return this.#first;
  }

  get endedAt(): number {
    return this.#ended;
  }

  /** When the folder and all below it was read; for an unknown folder, when everything was read. */
  seenAt(path: string): number {
    return this.#parts.get(path) ?? this.#ended;
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));

/** The distance, in ms, from an earlier fingerprint. */
export interface Pace {
  readonly from: VisitTimes;
  readonly ms: number;
}

/** Folders that wait for a thread. With a pace they first wait until they may be read again. */
export class TaskQueue {
  readonly #ready: WalkTask[] = [];
  /** Sorted by time; the next one due is the last. */
  #waiting: { readonly task: WalkTask; readonly dueAt: number }[] = [];

  constructor(private readonly pace: Pace | undefined) {}

  /** Adds folders that no thread got before. */
  add(tasks: readonly WalkTask[]): void {
    if (this.pace === undefined) {
      this.more(tasks);
      return;
    }
    const { from, ms } = this.pace;
    for (const task of tasks) this.#waiting.push({ task, dueAt: from.seenAt(task.path) + ms });
    this.#waiting.sort((a, b) => b.dueAt - a.dueAt);
  }

  /** Adds unfinished work of folders that may be read now. */
  more(tasks: readonly WalkTask[]): void {
    for (const task of tasks) this.#ready.push(task);
  }

  /** Takes a share of the ready folders: one of `parts` equal shares, at most `most` folders. */
  share(parts: number, most: number, now: number): WalkTask[] {
    while ((this.nextDue ?? Number.POSITIVE_INFINITY) <= now) {
      this.#ready.push(this.#waiting.pop()!.task);
    }
    const count = Math.min(most, Math.ceil(this.#ready.length / parts));
    return count === 0 ? [] : this.#ready.splice(-count);
  }

  /** When the next waiting folder becomes ready; undefined if none waits. */
  get nextDue(): number | undefined {
    return this.#waiting.at(-1)?.dueAt;
  }

  get isEmpty(): boolean {
    return this.#ready.length === 0 && this.#waiting.length === 0;
  }
}
