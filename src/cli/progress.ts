/** Progress on stderr: only on a terminal, and only when something takes longer than a second. */
import { SingleBar } from 'cli-progress';

const QUIET_MS = 1000;

export interface ProgressUpdate {
  readonly stage: string;
  readonly done: number;
  readonly total?: number;
}

export interface Progress {
  update(update: ProgressUpdate): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

export function makeProgress(stream: NodeJS.WriteStream, enabled: boolean): Progress {
  return enabled && stream.isTTY ? new TerminalProgress(stream) : SILENT;
}

class TerminalProgress implements Progress {
  readonly #bar: SingleBar;
  readonly #startedAt = performance.now();
  #running = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#bar = new SingleBar({
      stream,
      format: (_options, { value, total }, { stage }) =>
        `${String(stage)}: ${value.toLocaleString('en-US')}${total > 0 ? ` of ${total.toLocaleString('en-US')}` : ''}`,
      clearOnComplete: true,
      hideCursor: true,
      fps: 5,
    });
  }

  update({ stage, done, total }: ProgressUpdate): void {
    if (performance.now() - this.#startedAt < QUIET_MS) return;
    if (!this.#running) this.#bar.start(total ?? 0, done, { stage });
    this.#running = true;
    this.#bar.setTotal(total ?? 0);
    this.#bar.update(done, { stage });
  }

  stop(): void {
    if (this.#running) this.#bar.stop();
    this.#running = false;
  }
}
