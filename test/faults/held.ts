/** Kills and waits at the N-th system call of a kind, where strace holds the process. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { childOf, endBoth, stateOf } from './processes.js';
import { type Point, strace, type Traced } from './strace.js';

/** Long enough that only a process that hangs for good ever sees it end. */
const HELD = '60s';

/** The fault at a point of the store in `folder`. */
const inject = ({ call, when, path }: Point, folder: string, effect: string) => ({
  call,
  effect,
  when: String(when),
  path: path === undefined ? undefined : `${folder}/${path}`,
});

/**
 * SIGKILL at the entry of the N-th call: strace holds the process there, and it is killed. (That
 * allows --seccomp-bpf, under which strace 6.1 can't inject signals: many times faster.)
 */
export async function killAt(
  argv: readonly string[],
  log: string,
  point: Point,
  folder: string,
): Promise<Traced> {
  let done = false;
  let gone: Promise<void> | undefined;
  const watch = async (tracer: number): Promise<void> => {
    if (!(await untilHeld(tracer, () => done))) return;
    const held = childOf(tracer);
    if (held !== undefined) gone = endBoth(held, tracer);
  };
  const fault = inject(point, folder, `delay_enter=${HELD}`);
  const traced = await strace(argv, log, fault, [point.call], watch).finally(() => {
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
  { ms, folder, ...point }: Point & { readonly ms: number; readonly folder: string },
  work: () => Promise<void>,
): Promise<Traced> {
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
  const fault = inject(point, folder, `delay_enter=${ms}ms`);
  const traced = await strace(argv, log, fault, [point.call], (pid) => {
    watching = watch(pid);
  });
  done = true;
  await watching;
  if (failure !== undefined) throw failure;
  return traced;
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
