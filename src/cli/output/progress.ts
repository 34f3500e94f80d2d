/** Shows progress on stderr, only on a terminal and only after the first second. */
import type { SingleBar } from 'cli-progress';
import type { Progress, ProgressUpdate } from '../../app/context.js';
import { size } from '../../report/style.js';
import { formatDuration } from '../../util/duration.js';

const QUIET_MS = 1000;
/** The speed is computed over this time in ms. */
const WINDOW_MS = 20_000;

type Library = Pick<typeof import('cli-progress'), 'SingleBar'>;

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

export function makeProgress(stream: NodeJS.WriteStream, enabled: boolean): Progress {
  return enabled && stream.isTTY ? new TerminalProgress(stream) : SILENT;
}

class TerminalProgress implements Progress {
  #bar: SingleBar | undefined;
  #loading = false;
  #library: Library | undefined;
  #stopped = false;
  readonly #startedAt = performance.now();
  #speed = new Speed();
  #stage = '';
  #late: NodeJS.Timeout | undefined;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  update(update: ProgressUpdate): void {
    const now = performance.now();
    if (update.stage !== this.#stage) this.#speed = new Speed();
    this.#stage = update.stage;
    const { done = 0, total = 0 } = update;
    const perSecond = this.#speed.note(done, now);
    clearTimeout(this.#late);
    this.#stopped = false;
    const quietMs = QUIET_MS - (now - this.#startedAt);
    if (quietMs > 0) {
      this.#late = setTimeout(() => this.update(update), quietMs).unref();
      return;
    }
    const text = progressText(update, perSecond);
    if (this.#bar === undefined) {
      this.#load(total, done, text);
      return;
    }
    this.#bar.setTotal(total);
    this.#bar.update(done, { text });
  }

  /** Loads the library late, since most commands end before there is anything to draw. */
  #load(total: number, done: number, text: string): void {
    if (this.#library !== undefined) this.#draw(this.#library, total, done, text);
    if (this.#loading || this.#library !== undefined) return;
    this.#loading = true;
    void import('cli-progress').then(({ default: library }) => {
      this.#loading = false;
      this.#library = library;
      if (!this.#stopped) this.#draw(library, total, done, text);
    });
  }

  /** At once, since the work that follows may leave no turn to the event loop for a while. */
  #draw({ SingleBar }: Library, total: number, done: number, text: string): void {
    this.#bar = new SingleBar({
      stream: this.stream,
      format: (_options, _params, payload) => String(payload.text),
      clearOnComplete: true,
      hideCursor: true,
      fps: 5,
    });
    this.#bar.start(total, done, { text });
  }

  stop(): void {
    clearTimeout(this.#late);
    this.#stopped = true;
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

/** Measures how fast a number has grown recently. */
export class Speed {
  #samples: { at: number; done: number }[] = [];

  /** @returns growth per second; 0 if it is unknown yet */
  note(done: number, nowMs: number): number {
    if (done < (this.#samples.at(-1)?.done ?? 0)) this.#samples = [];
    this.#samples.push({ at: nowMs, done });
    while (this.#samples.length > 2 && nowMs - this.#samples[1]!.at > WINDOW_MS) {
      this.#samples.shift();
    }
    const { at, done: before } = this.#samples[0]!;
    return nowMs > at ? ((done - before) * 1000) / (nowMs - at) : 0;
  }
}

/** `verified: 12.3 GB of 40 GB, 310 MB/s, 90 s left` */
export function progressText(update: ProgressUpdate, perSecond: number): string {
  const { stage, done, total = 0, unit } = update;
  if (done === undefined) return `${stage} …`;
  const number = unit === 'bytes' ? size : (value: number) => value.toLocaleString('en-US');
  const parts = [`${stage}: ${number(done)}${total > 0 ? ` of ${number(total)}` : ''}`];
  if (unit === 'bytes' && perSecond > 0) {
    parts.push(`${size(Math.round(perSecond))}/s`);
    if (total > done) parts.push(`${formatDuration((total - done) / perSecond)} left`);
  }
  return parts.join(', ');
}
