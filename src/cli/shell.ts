/** The commands that stop and start a registry: a shell, a time limit, what it printed. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../errors.js';

export interface CommandOutcome {
  readonly ok: boolean;
  /** `exit 0`, `exit 3`, `not done in 60 s, and was killed`. */
  readonly how: string;
  /** The end of what it printed. */
  readonly output: string;
  readonly durationMs: number;
}

const OUTPUT_LIMIT = 4096;
const KILL_AFTER_MS = 2000;
const SHELL = '/bin/sh';

/**
 * Never throws, and no signal to us ends it: it has a process group of its own. At the time limit
 * the whole group is killed. A service that it leaves behind keeps its output in a nameless file,
 * where no closed pipe can end it.
 * @param begun called once the command runs: from here on it goes on without us
 */
export async function runShell(
  command: string,
  timeoutMs: number,
  begun: () => void = () => undefined,
): Promise<CommandOutcome> {
  const startedAt = performance.now();
  const file = openOutput();
  try {
    const stdout = file ?? 'ignore';
    const child = spawn(SHELL, ['-c', command], {
      detached: true,
      stdio: ['ignore', stdout, stdout],
    });
    if (child.pid !== undefined) begun();
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    });
    const limit = new AbortController();
    const timeUp = sleep(timeoutMs, 'late' as const, { signal: limit.signal });
    timeUp.catch(() => undefined); // it is called off
    let how = await Promise.race([ended, timeUp]);
    limit.abort();
    if (how === 'late') how = await endGroup(child.pid, ended, timeoutMs);
    const durationMs = Math.round(performance.now() - startedAt);
    return { ok: how === 'exit 0', how, output: readOutput(file), durationMs };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function endGroup(
  pid: number | undefined,
  ended: Promise<string>,
  timeoutMs: number,
): Promise<string> {
  killGroup(pid, 'SIGTERM');
  await Promise.race([ended, sleep(KILL_AFTER_MS)]);
  killGroup(pid, 'SIGKILL');
  await Promise.race([ended, sleep(KILL_AFTER_MS)]);
  return `not done in ${timeoutMs / 1000} s, and was killed`;
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** @returns undefined where no file can be made: a full disk must not keep a registry from starting */
function openOutput(): number | undefined {
  const path = `${tmpdir()}/regsweep-${randomBytes(8).toString('hex')}`;
  const { O_RDWR, O_CREAT, O_EXCL, O_APPEND } = constants;
  try {
    const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND, 0o600);
    unlinkSync(path);
    return fd;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function readOutput(fd: number | undefined): string {
  if (fd === undefined) return '(its output could not be kept)';
  const { size } = fstatSync(fd);
  const bytes = Buffer.alloc(Math.min(size, OUTPUT_LIMIT));
  const got = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
  return bytes.toString('utf8', 0, got).trim();
}

export interface Watch {
  /** From now on our end is no reason to start anything. */
  release(): void;
}

/** `read` also ends when we do, by whatever signal, and then the word is missing. */
const WATCHER = 'read -r word; [ "$word" = done ] || exec "$0" -c "$1"';

/** Runs the command should this process end before it has released the watch. */
export function startIfWeEnd(command: string): Watch {
  const child = spawn(SHELL, ['-c', WATCHER, SHELL, command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => undefined); // there is no watch then, and the command is run as ever
  child.stdin.on('error', () => undefined);
  child.unref();
  return { release: () => child.stdin.end('done\n') };
}
