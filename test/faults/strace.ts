/** Faults at the N-th system call of a kind, by strace; counters are per thread. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { childOf, endBoth } from './processes.js';

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
  /** Only calls that are about this: absolute. */
  readonly path?: string | undefined;
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
    if (inject.path !== undefined) options.push('-P', inject.path);
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

export interface Point {
  readonly call: string;
  /** Its ordinal among the calls of that name in its thread, or among those about `path`. */
  readonly when: number;
  /** What the call is about, relative to the store's folder: threads of the engine share such work. */
  readonly path?: string | undefined;
}

export const nameOf = ({ call, when, path }: Point): string =>
  path === undefined ? `${call} ${when}` : `${call} ${when} of ${path.slice(-40)}`;

export interface Change extends Point {
  /** Of the trace. */
  readonly line: string;
}

/**
 * The calls that change the store: those of the main thread, and fsyncs of the tree's folders in
 * others.
 * @param folder in which the store lies
 */
export async function changes(
  argv: readonly string[],
  log: string,
  folder: string,
): Promise<Change[]> {
  const options = ['-f', '--seccomp-bpf', '-qq', '-y', '-e', `trace=${MUTATING.join(',')}`];
  let ended = await spawned('strace', [...options, '-o', log, ...argv]);
  // Something else on this machine looked like a registry: the safety check refused, and it was undone.
  for (let left = 10; ended.code === 12 && left > 0; left--) {
    await sleep(1000);
    ended = await spawned('strace', [...options, '-o', log, ...argv]);
  }
  if (ended.code !== 0)
    throw new Error(`undisturbed, it ended with ${ended.code}: ${ended.stderr}`);
  const lines = fs.readFileSync(log, 'latin1').split('\n');
  fs.rmSync(log);
  return changesIn(lines, folder);
}

function changesIn(lines: readonly string[], folder: string): Change[] {
  const main = lines.find((line) => line.includes(' fsync('))?.split(' ')[0] ?? '';
  const seen = new Map<string, number>();
  const found: Change[] = [];
  for (const line of lines) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (call === undefined) continue;
    const place = thread === main ? undefined : placeOf(line, folder);
    if (thread !== main && (call !== 'fsync' || place === undefined)) continue;
    const key = `${call} ${place}`;
    const when = (seen.get(key) ?? 0) + 1;
    seen.set(key, when);
    // Writes go to pipes and event descriptors too; a folder that is there is made by nobody.
    // Each thread counts for itself, and which of them comes to a folder again is chance.
    if (place !== undefined && when > 1) continue;
    const counts = call === 'write' ? line.includes('/.regsweep/') : !line.includes(' EEXIST ');
    if (counts) found.push({ call, when, path: place, line });
  }
  return found;
}

/** What in the tree a descriptor leads to, relative to the store's folder. */
function placeOf(line: string, folder: string): string | undefined {
  const path = /\(\d+<([^>]*)>/.exec(line)?.[1];
  return path?.startsWith(`${folder}/root/docker/`) === true
    ? path.slice(folder.length + 1)
    : undefined;
}

/**
 * Calls of any thread that read in `folder`, each with its ordinal among the calls of that name
 * in its thread; those that another thread would meet before, elsewhere, are left out. A path is
 * the one that the call was given.
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
    if (first.has(name)) continue;
    const path = new RegExp(`"${folder}/(root/docker/[^"]*)"`).exec(line)?.[1];
    first.set(name, line.includes(folder) ? { call, when, path } : undefined);
  }
  fs.rmSync(log);
  return [...first.values()].filter((point) => point !== undefined);
}

/** Calls by which the main thread looks at the disk. A failed `read` may be a lost wake-up. */
const LOOKING = [
  'statx',
  'openat',
  'getdents64',
  'read',
  'pread64',
  'newfstatat',
  'fstat',
] as const;

/** Calls that change what a pinned folder holds. */
const CHANGING = ['rename', 'unlink'] as const;

/**
 * Calls of the main thread that look at something after its first change below a pinned folder,
 * each with its ordinal among the calls of that name in that thread.
 */
export async function looks(argv: readonly string[], log: string): Promise<Point[]> {
  const traced = `trace=${[...LOOKING, ...CHANGING].join(',')}`;
  const options = ['-f', '--seccomp-bpf', '-qq', '-y', '-e', traced];
  const ended = await spawned('strace', [...options, '-o', log, ...argv]);
  if (ended.code !== 0) throw new Error(`it ended with ${ended.code}: ${ended.stderr}`);
  const lines = fs.readFileSync(log, 'latin1').split('\n');
  fs.rmSync(log);
  const main = lines[0]!.split(' ')[0]!;
  const counts = new Map<string, number>();
  const found: Point[] = [];
  let hasChanged = false;
  for (const line of lines) {
    const [, thread, call = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread !== main) continue;
    const isChange = CHANGING.some((one) => one === call);
    hasChanged ||= isChange && line.includes('"/proc/self/fd/');
    const when = (counts.get(call) ?? 0) + 1;
    counts.set(call, when);
    if (hasChanged && !isChange) found.push({ call, when });
  }
  return found;
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
