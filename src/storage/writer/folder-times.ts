/**
 * Sets times with nanoseconds by `perl` or `touch`, because Node truncates them to microseconds.
 */
import { spawnSync } from 'node:child_process';

/** Number of the system call `utimensat`. */
const UTIMENSAT: Readonly<Partial<Record<NodeJS.Architecture, number>>> = { x64: 280, arm64: 88 };
/** Arguments: the number, then a time for each descriptor from 3 on. Leaves access times as they are. */
const SCRIPT = `my ($call, $fd, $omit) = (shift, 3, 0x3ffffffe);
for (@ARGV) {
  my $times = pack 'q4', 0, $omit, split /\\./;
  exit 1 if syscall($call + 0, $fd++, 0, $times, 0) != 0;
}`;

/**
 * Sets the mtimes of open descriptors. The programs get descriptors, never paths. On a host without
 * a suitable one, times stay unchanged, so the caller must check the result.
 * @param times in nanoseconds, decimal
 */
export function setFineTimes(fds: readonly number[], times: readonly string[]): void {
  const seconds = times.map((ns) => `${ns.slice(0, -9) || '0'}.${ns.slice(-9).padStart(9, '0')}`);
  const stdio = ['ignore', 'ignore', 'ignore', ...fds] as const;
  const call = UTIMENSAT[process.arch];
  // A `touch` for each folder takes a millisecond each.
  if (call !== undefined) {
    const options = { stdio: [...stdio], env: { PATH: process.env.PATH } };
    if (spawnSync('perl', ['-e', SCRIPT, `${call}`, ...seconds], options).status === 0) return;
  }
  // The descriptors of the child start at 3, after its three streams.
  const lines = seconds.map((time, i) => `touch -c -m -d @${time} /proc/self/fd/${i + 3}`);
  spawnSync('sh', ['-c', lines.join('\n')], { stdio: [...stdio] });
}

/** @returns whether a time in nanoseconds is finer than microseconds */
export const needsNanoseconds = (ns: string): boolean => /^\d+$/.test(ns) && !ns.endsWith('000');

/** Converts nanoseconds to seconds for `futimes`, exact to the microsecond. */
export function secondsOf(ns: string): number {
  const value = BigInt(ns);
  // Adds half a microsecond, because the kernel call truncates the fraction to microseconds.
  return Number(value / 1_000_000_000n) + (Number((value % 1_000_000_000n) / 1000n) + 0.5) / 1e6;
}
