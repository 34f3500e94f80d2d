/** A command in a real terminal: tmux on a server of its own, which shows what a person sees. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 30_000;

export class Terminal {
  static #count = 0;
  readonly #server: string;
  /** The command comes from a file: the server listens, and must not name a tree in its arguments. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'regsweep-terminal-'));

  /** @param command a shell command; its exit code is shown when it ends */
  constructor(
    command: string,
    readonly columns: number,
    readonly rows: number,
  ) {
    Terminal.#count += 1;
    this.#server = `regsweep-test-${process.pid}-${Terminal.#count}`;
    const size = ['-x', String(columns), '-y', String(rows)];
    const shown = `${command}; echo "exit $?"; exec sleep 600`;
    const script = join(this.#folder, 'command');
    writeFileSync(script, shown);
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, 'sh', script);
  }

  /** Lines as they stand on the screen, without blanks at their ends. */
  screen(): string[] {
    return this.#tmux('capture-pane', '-p')
      .split('\n')
      .map((line) => line.trimEnd());
  }

  /** @param keys as tmux names them: `Enter`, `Down`, `C-c`, or a text */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** The screen once `wanted` stands on it. @throws after 30 s, with the screen */
  async see(wanted: string | RegExp): Promise<string[]> {
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const lines = this.screen();
      const text = lines.join('\n');
      if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) return lines;
      if (Date.now() > end) throw new Error(`"${wanted}" did not appear:\n${text}`);
      await sleep(50);
    }
  }

  close(): void {
    this.#tmux('kill-server');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #tmux(...args: string[]): string {
    const env = { ...process.env, TERM: 'xterm', NO_COLOR: '' };
    return execFileSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8', env });
  }
}
