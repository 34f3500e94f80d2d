/** Times to the nanosecond, by `touch`: Node cuts them to microseconds. */
import { spawnSync } from 'node:child_process';

/**
 * Sets the time of what each descriptor is open on; `touch` is given descriptors and never a
 * path. A host without it, or with one that can't, leaves some as they are: look again.
 * @param times mtimes in nanoseconds, decimal
 */
export function touchAll(fds: readonly number[], times: readonly string[]): void {
  // A child's descriptors count from 3 behind its three streams.
  const lines = times.map((ns, i) => {
    const time = `${ns.slice(0, -9) || '0'}.${ns.slice(-9).padStart(9, '0')}`;
    return `touch -c -m -d @${time} /proc/self/fd/${i + 3}`;
  });
  spawnSync('sh', ['-c', lines.join('\n')], { stdio: ['ignore', 'ignore', 'ignore', ...fds] });
}

/** Whether microseconds don't tell all of it. */
export const isFine = (ns: string): boolean => /^\d+$/.test(ns) && !ns.endsWith('000');

/** For Node, which takes seconds as a number. */
export function secondsOf(ns: string): number {
  const value = BigInt(ns);
  // Half a microsecond up, since the fraction is cut to microseconds on its way to the kernel.
  return Number(value / 1_000_000_000n) + (Number((value % 1_000_000_000n) / 1000n) + 0.5) / 1e6;
}
