/**
 * Runs the commands that stop and start a registry: in a shell, with a time limit and their output.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { LEAVE_CGROUPS } from '../../runtime/container.js';
import { errnoOf } from '../../util/errors.js';

export interface CommandOutcome {
  readonly ok: boolean;
  /** `exit 0`, `exit 3`, `not done in 60 s, and was killed`. */
  readonly how: string;
  /** The end of its output. */
  readonly output: string;
  readonly durationMs: number;
}

const OUTPUT_LIMIT = 4096;
const KILL_AFTER_MS = 2000;
const SHELL = '/bin/sh';

/** A command in a separate process, and the file for its output. */
interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
  readonly file: number | undefined;
}

/**
 * Never throws, and is not ended by signals to this process, because it has its own process group.
 * At the time limit the complete group is killed. A service that it starts keeps writing to a file
 * without a name, so it is not ended by a closed pipe.
 * @param begun called with its process
 */
export function runShell(
  command: string,
  timeoutMs: number,
  begun?: (pid: number) => void,
): Promise<CommandOutcome> {
  const started = startShell(['-c', command], 'ignore');
  if (started.child.pid !== undefined) begun?.(started.child.pid);
  return endOf(started, timeoutMs);
}

function startShell(args: readonly string[], stdin: 'ignore' | 'pipe'): Started {
  const file = openOutput();
  const output = file ?? 'ignore';
  const child = spawn(SHELL, args, { detached: true, stdio: [stdin, output, output] });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
  return { child, ended, file };
}

async function endOf({ child, ended, file }: Started, timeoutMs: number): Promise<CommandOutcome> {
  const startedAt = performance.now();
  try {
    const limit = new AbortController();
    const timeUp = sleep(timeoutMs, 'late' as const, { signal: limit.signal });
    timeUp.catch(() => undefined); // cancelled
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
    // It has ended, or belongs to another user (sudo) and can't be killed from here.
    if (errnoOf(error) !== 'ESRCH' && errnoOf(error) !== 'EPERM') throw error;
  }
}

/**
 * @returns undefined if no file can be created: a full disk must not keep a registry from starting
 */
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

export interface WaitingCommand {
  /** If this process ends, it waits for that process first, at most `limitMs`. 0 cancels this. */
  behind(pid: number, limitMs: number): void;
  /** Runs it now, like `runShell`. */
  run(timeoutMs: number): Promise<CommandOutcome>;
}

/**
 * `read` also ends when this process ends, by any signal. It then waits for the stop command,
 * because a stop that ends after the start would leave the registry stopped. The command may
 * inherit the variables, so their names are unusual.
 */
const WAITER = [
  // An engine that kills the container kills all processes in its control groups. So this process
  // leaves them.
  `for _rs_file in $${LEAVE_CGROUPS}; do echo $$ > "$_rs_file"; done 2>/dev/null`,
  '_rs_left=0',
  'while read -r _rs_word _rs_next _rs_limit; do',
  '  [ "$_rs_word" = now ] && break',
  '  _rs_pid=$_rs_next _rs_left=$_rs_limit',
  'done',
  'while [ "$_rs_word" != now ] && [ "$_rs_left" -gt 0 ] && [ -d "/proc/$_rs_pid" ]; do',
  '  sleep 1; _rs_left=$((_rs_left - 1))',
  'done',
  'exec "$0" -c "$1" </dev/null',
].join('\n');

/**
 * A command that runs exactly once: when it is told to, or when this process ends. The waiting
 * process itself becomes the command. So there is no moment at which our end makes it run twice, or
 * never.
 */
export function runAlsoIfWeEnd(command: string): WaitingCommand {
  const waiter = startShell(['-c', WAITER, SHELL, command], 'pipe');
  const { child, ended } = waiter;
  let isGone = false;
  let isDeaf = false;
  ended.then(() => {
    isGone = true;
  });
  child.stdin?.on('error', () => {
    isDeaf = true;
  });
  child.unref();
  return {
    behind: (pid, limitMs) =>
      void child.stdin?.write(`after ${pid} ${Math.ceil(limitMs / 1000)}\n`),
    async run(timeoutMs) {
      await turn();
      if (isGone) return insteadOf(waiter, command, timeoutMs);
      child.ref();
      child.stdin?.end('now\n');
      const outcome = await endOf(waiter, timeoutMs);
      return isDeaf ? runShell(command, timeoutMs) : outcome;
    },
  };
}

function insteadOf({ file }: Started, command: string, timeoutMs: number): Promise<CommandOutcome> {
  if (file !== undefined) closeSync(file);
  return runShell(command, timeoutMs);
}
