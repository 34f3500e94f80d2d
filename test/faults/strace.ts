/** Faults at the N-th system call of a kind, by strace; counters are per thread. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls by which the product changes the disk. */
export const MUTATING = [
  ...['mkdir', 'rename', 'rmdir', 'unlink', 'link', 'fsync'],
  ...['write', 'ftruncate', 'fchmod', 'fchown', 'utimensat'],
] as const;

export interface Traced {
  /** undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly killed: boolean;
  /** Lines of the trace in which a fault was put in. */
  readonly injected: number;
  readonly places: readonly string[];
  readonly stderr: string;
  readonly stdout: string;
}

export interface Inject {
  readonly call: string;
  /** `signal=KILL`, `error=EIO`, `retval=0`. */
  readonly effect: string;
  /** As strace takes it: `3`, `2+`. */
  readonly when: string;
}

/** @param within the process is ended where the fault is met outside this folder: it may hang then */
export async function strace(
  argv: readonly string[],
  log: string,
  inject: Inject | undefined,
  calls: readonly string[] = inject === undefined ? MUTATING : [inject.call],
  onStart?: (pid: number) => unknown,
  within?: string,
): Promise<Traced> {
  const options = ['-f', '--seccomp-bpf', '-qq', '-y', '-e', `trace=${calls.join(',')}`];
  if (inject !== undefined) {
    options.push('-e', `inject=${inject.call}:${inject.effect}:when=${inject.when}`);
  }
  let done = false;
  const begun = (pid: number): void => {
    onStart?.(pid);
    if (within !== undefined) void endIfElsewhere(pid, log, within, () => done);
  };
  const ended = await spawned('strace', [...options, '-o', log, ...argv], begun);
  done = true;
  const trace = fs.existsSync(log) ? fs.readFileSync(log, 'latin1') : '';
  fs.rmSync(log, { force: true });
  return {
    ...ended,
    killed: ended.signal === 'SIGKILL',
    injected: injectedLines(trace).length,
    places: injectedLines(trace),
  };
}

/** Node's own threads wake each other by writing to pipes, and wait for ever when that fails. */
async function endIfElsewhere(
  tracer: number,
  log: string,
  folder: string,
  isDone: () => boolean,
): Promise<void> {
  while (!isDone()) {
    await sleep(50);
    const lines = fs.existsSync(log) ? injectedLines(fs.readFileSync(log, 'latin1')) : [];
    const held = childOf(tracer);
    if (lines.length === 0 || held === undefined) continue;
    if (lines.some((line) => line.includes(folder))) return;
    return endBoth(held, tracer);
  }
}

const injectedLines = (trace: string): string[] =>
  trace.split('\n').filter((line) => line.includes('(INJECTED)'));

/** A call of the main thread, its ordinal among the calls of that name, its line in the trace. */
export type Change = readonly [call: string, when: number, line: string];

/** The calls of the main thread that change the store. */
export async function changes(argv: readonly string[], log: string): Promise<Change[]> {
  const options = ['-f', '--seccomp-bpf', '-qq', '-y', '-e', `trace=${MUTATING.join(',')}`];
  let ended = await spawned('strace', [...options, '-o', log, ...argv]);
  // Something else on this machine looked like a registry: the guard refused, and it was undone.
  for (let left = 10; ended.code === 12 && left > 0; left--) {
    await sleep(1000);
    ended = await spawned('strace', [...options, '-o', log, ...argv]);
  }
  if (ended.code !== 0)
    throw new Error(`undisturbed, it ended with ${ended.code}: ${ended.stderr}`);
  const lines = fs.readFileSync(log, 'latin1').split('\n');
  fs.rmSync(log);
  const main = lines.find((line) => line.includes(' fsync('))?.split(' ')[0] ?? '';
  const seen = new Map<string, number>();
  const found: Change[] = [];
  for (const line of lines) {
    const call = new RegExp(`^${main} +(\\w+)\\(`).exec(line)?.[1];
    if (call === undefined) continue;
    seen.set(call, (seen.get(call) ?? 0) + 1);
    // Writes go to pipes and event descriptors too; a folder that is there is made by nobody.
    const counts = call === 'write' ? line.includes('/.regsweep/') : !line.includes(' EEXIST ');
    if (counts) found.push([call, seen.get(call)!, line]);
  }
  return found;
}

export interface Point {
  readonly call: string;
  readonly when: number;
}

/**
 * Calls of any thread that read in `folder`, each with its ordinal among the calls of that name
 * in its thread; those that another thread would meet before, elsewhere, are left out.
 */
export async function reads(
  argv: readonly string[],
  log: string,
  calls: readonly string[],
  folder: string,
): Promise<Point[]> {
  const traced = `trace=${calls.join(',')}`;
  const ended = await spawned('strace', ['-f', '-qq', '-y', '-e', traced, '-o', log, ...argv]);
  if (ended.code !== 0) throw new Error(`it ended with ${ended.code}: ${ended.stderr}`);
  const counts = new Map<string, number>();
  const first = new Map<string, Point | undefined>();
  for (const line of fs.readFileSync(log, 'latin1').split('\n')) {
    const [, thread, call = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread === undefined) continue;
    const when = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, when);
    const name = `${call} ${when}`;
    if (!first.has(name)) first.set(name, line.includes(folder) ? { call, when } : undefined);
  }
  fs.rmSync(log);
  return [...first.values()].filter((point) => point !== undefined);
}

/** Long enough that only a process that hangs for good ever sees it end. */
const HELD = '60s';

/**
 * SIGKILL at the entry of the N-th call: strace holds the process there, and it is killed. (That
 * allows --seccomp-bpf, under which strace 6.1 can't inject signals: many times faster.)
 */
export async function killAt(
  argv: readonly string[],
  log: string,
  call: string,
  when: number,
): Promise<Traced> {
  const inject = { call, effect: `delay_enter=${HELD}`, when: String(when) };
  let done = false;
  let gone: Promise<void> | undefined;
  const watch = async (tracer: number): Promise<void> => {
    if (!(await untilHeld(tracer, () => done))) return;
    const held = childOf(tracer);
    if (held !== undefined) gone = endBoth(held, tracer);
  };
  const traced = await strace(argv, log, inject, [call], watch).finally(() => {
    done = true;
  });
  await gone;
  return traced;
}

/**
 * Holds the process at the entry of a call and works meanwhile: the tracer stands still too, so
 * that the delay, in which the stop must be noticed, ends when the work is done.
 */
export async function heldAt(
  argv: readonly string[],
  log: string,
  { call, when, ms }: { readonly call: string; readonly when: number; readonly ms: number },
  work: () => Promise<void>,
): Promise<Traced> {
  const inject = { call, effect: `delay_enter=${ms}ms`, when: String(when) };
  let done = false;
  let failure: unknown;
  const watch = async (tracer: number): Promise<void> => {
    if (!(await untilHeld(tracer, () => done))) return;
    process.kill(tracer, 'SIGSTOP');
    await work().catch((error: unknown) => {
      failure = error;
    });
    process.kill(tracer, 'SIGCONT');
  };
  let watching: Promise<void> | undefined;
  const traced = await strace(argv, log, inject, [call], (pid) => {
    watching = watch(pid);
  });
  done = true;
  await watching;
  if (failure !== undefined) throw failure;
  return traced;
}

/**
 * strace would wait for the end of its delay, so it goes too; a SIGKILL that is pending lets its
 * process make no further call.
 */
async function endBoth(held: number, tracer: number): Promise<void> {
  end(held);
  end(tracer);
  for (let left = 1000; left > 0 && isThere(held); left--) await sleep(5);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

function isThere(pid: number): boolean {
  try {
    return !'ZX'.includes(stateOf(`/proc/${pid}`));
  } catch {
    return false;
  }
}

/** The one process that strace itself started. */
function childOf(tracer: number): number | undefined {
  try {
    const children = fs.readFileSync(`/proc/${tracer}/task/${tracer}/children`, 'utf8');
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch {
    return undefined;
  }
}

/** @returns false when the run was over before */
async function untilHeld(tracer: number, isDone: () => boolean): Promise<boolean> {
  let before: string | undefined;
  for (let equal = 0; !isDone(); await sleep(5)) {
    const now = heldSince(tracer);
    equal = now !== undefined && now === before ? equal + 1 : 0;
    if (equal === 2) return true;
    before = now;
  }
  return false;
}

/**
 * A thread is in a tracing stop while the tracer sleeps. Where looks one after another find the same, and
 * the tracer had no turn between them, the thread is being delayed: any other stop wakes the tracer.
 *
 * @returns the thread, and how often the tracer was put to sleep
 */
function heldSince(tracer: number): string | undefined {
  const pid = childOf(tracer);
  if (pid === undefined) return undefined;
  try {
    const tasks = fs.readdirSync(`/proc/${pid}/task`);
    const task = tasks.find((name) => stateOf(`/proc/${pid}/task/${name}`) === 't');
    if (task === undefined || stateOf(`/proc/${tracer}`) !== 'S') return undefined;
    const status = fs.readFileSync(`/proc/${tracer}/status`, 'latin1');
    return `${task} ${/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)![1]}`;
  } catch {
    return undefined;
  }
}

function stateOf(folder: string): string {
  const stat = fs.readFileSync(`${folder}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

interface Ended {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function spawned(
  command: string,
  args: readonly string[],
  onStart?: (pid: number) => unknown,
): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  if (child.pid !== undefined) onStart?.(child.pid);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => {
    stdout += text;
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 240_000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, signal, stdout, stderr });
    });
  });
}
