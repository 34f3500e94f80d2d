/** Sets times with nanoseconds by `touch(1)`, because Node truncates them to microseconds. */
import { spawnSync } from 'node:child_process';

/**
 * Sets the mtimes of open descriptors. `touch` gets descriptors, never paths. On a host without a
 * suitable `touch`, times stay unchanged, so the caller must check the result.
 * @param times in nanoseconds, decimal
 */
export function touchAll(fds: readonly number[], times: readonly string[]): void {
  // The descriptors of the child start at 3, after its three streams.
  const lines = times.map((ns, i) => {
    const time = `${ns.slice(0, -9) || '0'}.${ns.slice(-9).padStart(9, '0')}`;
    return `touch -c -m -d @${time} /proc/self/fd/${i + 3}`;
  });
  spawnSync('sh', ['-c', lines.join('\n')], { stdio: ['ignore', 'ignore', 'ignore', ...fds] });
}

/** @returns whether a time in nanoseconds is finer than microseconds */
export const needsNanoseconds = (ns: string): boolean => /^\d+$/.test(ns) && !ns.endsWith('000');

/** Converts nanoseconds to seconds for `futimes`, exact to the microsecond. */
export function secondsOf(ns: string): number {
  const value = BigInt(ns);
  // Adds half a microsecond, because the kernel call truncates the fraction to microseconds.
  return Number(value / 1_000_000_000n) + (Number((value % 1_000_000_000n) / 1000n) + 0.5) / 1e6;
}
