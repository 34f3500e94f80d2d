/** The commands that stop and start a registry: a shell, a time limit, what it printed. */
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
  /** The end of what it printed. */
  readonly output: string;
  readonly durationMs: number;
}

const OUTPUT_LIMIT = 4096;
const KILL_AFTER_MS = 2000;
const SHELL = '/bin/sh';

/** A command in a process of its own, and where its output goes. */
interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
  readonly file: number | undefined;
}

/**
 * Never throws, and no signal to us ends it: it has a process group of its own. At the time limit
 * the whole group is killed. A service that it leaves behind keeps its output in a nameless file,
 * where no closed pipe can end it.
 * @param begun hears of its process
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
    // Gone, or another user's (sudo): then it can't be ended from here.
    if (errnoOf(error) !== 'ESRCH' && errnoOf(error) !== 'EPERM') throw error;
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

export interface WaitingCommand {
  /** Should we end, it waits for this process too, but no longer than `limitMs`; 0 takes that back. */
  behind(pid: number, limitMs: number): void;
  /** Runs it now; as `runShell`. */
  run(timeoutMs: number): Promise<CommandOutcome>;
}

/**
 * `read` also ends when we do, by whatever signal. What was to end before is given its time then,
 * for a stop that ends after the start would leave nothing running. The command may inherit the
 * variables, so they have names that none looks for.
 */
const WAITER = [
  // An engine that kills the container kills all in its control groups, this too.
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
 * A command that runs once: when it is told to, or else when this process ends. It waits in the
 * process that becomes it, so there is no moment at which our end makes it run twice, or never.
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
