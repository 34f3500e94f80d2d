/** Runs a command and says how long it took and how much memory it had at its peak. */
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  /** Run a single time, outside the rounds: it takes minutes. */
  readonly once?: boolean;
  /** Milliseconds; a run that takes longer is ended and counts as that long "or more". */
  readonly limitMs?: number;
  /** Exit codes that count as success; 0 unless told otherwise. */
  readonly accepts?: readonly number[];
}

export interface Sample {
  readonly seconds: number;
  /** User and system time of all threads; undefined where time(1) is missing. */
  readonly cpuSeconds?: number;
  readonly peakMegabytes: number;
  readonly timedOut: boolean;
}

export interface Result {
  readonly name: string;
  readonly samples: readonly Sample[];
}

const TIME = '/usr/bin/time';

/** `VmHWM` of a living process in MB, or 0. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}

/** What time(1) wrote in its last line: kilobytes, user and system seconds. */
function reportOf(file: string): Pick<Sample, 'peakMegabytes' | 'cpuSeconds'> {
  const line = readFileSync(file, 'utf8').trim().split('\n').at(-1)!;
  const [kilobytes, user, system] = line.split(' ').map(Number);
  return { peakMegabytes: kilobytes! / 1000, cpuSeconds: user! + system! };
}

/** stdout goes to a file on tmpfs or disk as it would for a script; stderr is kept for errors. */
function execute(contender: Contender, folder: string, timed: boolean): Promise<Sample> {
  const report = join(folder, 'time');
  const command = timed
    ? [TIME, '-f', '%M %U %S', '-o', report, ...contender.command]
    : contender.command;
  const out = openSync(join(folder, 'stdout'), 'w');
  const err = openSync(join(folder, 'stderr'), 'w');
  const start = performance.now();
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', out, err],
    detached: true,
  });
  let peak = 0;
  let timedOut = false;
  const poll = timed
    ? undefined
    : setInterval(() => (peak = Math.max(peak, peakOf(child.pid!))), 5);
  const limit = setTimeout(() => {
    timedOut = true;
    // Its group, since the command may be a child of time(1).
    process.kill(-child.pid!, 'SIGKILL');
  }, contender.limitMs ?? 600_000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      const seconds = (performance.now() - start) / 1000;
      clearInterval(poll);
      clearTimeout(limit);
      closeSync(out);
      closeSync(err);
      if (!timedOut && !(contender.accepts ?? [0]).includes(code ?? -1)) {
        const said = readFileSync(join(folder, 'stderr'), 'utf8').slice(-2000);
        reject(new Error(`${contender.command.join(' ')}: exit ${code}\n${said}`));
        return;
      }
      const told = timed && !timedOut ? reportOf(report) : { peakMegabytes: peak };
      resolve({ seconds, ...told, timedOut });
    });
  });
}

export async function measure(contender: Contender): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), 'regsweep-bench-'));
  try {
    return await execute(contender, folder, existsSync(TIME));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Page, dentry and inode caches. @throws unless root */
export async function dropCaches(): Promise<void> {
  spawnSync('sync');
  writeFileSync('/proc/sys/vm/drop_caches', '3');
}

/**
 * A B C, A B C, …: whatever slows the machine for a while slows all of them.
 * @param before runs ahead of every measurement in the rounds (to fill caches, or to drop them)
 */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
  before: (contender: Contender) => Promise<unknown>,
): Promise<Result[]> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      if (contender.once && round > 0) continue;
      if (!contender.once) await before(contender);
      const sample = await measure(contender);
      samples.get(contender.name)!.push(sample);
      process.stderr.write(
        `${round + 1}/${rounds} ${contender.name}: ${sample.seconds.toFixed(3)} s\n`,
      );
    }
  }
  return [...samples].map(([name, all]) => ({ name, samples: all }));
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const seconds = (result: Result): number => median(result.samples.map((s) => s.seconds));

/** Median of the CPU times; NaN where none was measured. */
export const cpuSeconds = (result: Result): number =>
  median(result.samples.map((sample) => sample.cpuSeconds ?? Number.NaN));

export const peak = (result: Result): number =>
  Math.max(...result.samples.map((sample) => sample.peakMegabytes));
