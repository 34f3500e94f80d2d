/**
 * The distance between two looks at a tree: no part of it is looked at again before the quiet
 * window has passed since the first look at that part was over. So the window runs for each part
 * while others are still being looked at. Times are of the monotonic clock, in milliseconds.
 */
import type { WalkTask } from './walk.js';

/** What one look did, and when. */
export class VisitTimes {
  /** Folders that threads were given: when all beneath was seen. */
  readonly #parts = new Map<string, number>();
  #first = 0;
  #ended = 0;

  /** All but the parts is seen. */
  firstDone(now: number): void {
    this.#first = now;
    this.#ended = now;
  }

  /** @param folders that a thread was given; what it left of them is done later, and noted again */
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

  /** When the folder and all beneath it was seen; of an unknown one, when everything was. */
  seenAt(path: string): number {
    return this.#parts.get(path) ?? this.#ended;
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));

/** Keeps a look at a distance from an earlier one. */
export interface Pace {
  readonly from: VisitTimes;
  readonly ms: number;
}

/** Folders that wait for a thread; with a pace, for their time first. */
export class TaskQueue {
  readonly #ready: WalkTask[] = [];
  /** The one whose time comes first is the last. */
  #waiting: { readonly task: WalkTask; readonly dueAt: number }[] = [];

  constructor(private readonly pace: Pace | undefined) {}

  /** Folders that nobody was given before. */
  add(tasks: readonly WalkTask[]): void {
    if (this.pace === undefined) {
      this.more(tasks);
      return;
    }
    const { from, ms } = this.pace;
    for (const task of tasks) this.#waiting.push({ task, dueAt: from.seenAt(task.path) + ms });
    this.#waiting.sort((a, b) => b.dueAt - a.dueAt);
  }

  /** What is left of folders whose time has come. */
  more(tasks: readonly WalkTask[]): void {
    for (const task of tasks) this.#ready.push(task);
  }

  /** One of `parts` equal parts of what is ready, at most `most`. */
  share(parts: number, most: number, now: number): WalkTask[] {
    while ((this.nextDue ?? Number.POSITIVE_INFINITY) <= now) {
      this.#ready.push(this.#waiting.pop()!.task);
    }
    const count = Math.min(most, Math.ceil(this.#ready.length / parts));
    return count === 0 ? [] : this.#ready.splice(-count);
  }

  get nextDue(): number | undefined {
    return this.#waiting.at(-1)?.dueAt;
  }

  get isEmpty(): boolean {
    return this.#ready.length === 0 && this.#waiting.length === 0;
  }
}
