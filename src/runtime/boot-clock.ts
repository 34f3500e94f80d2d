/**
 * The kernel's monotonic clock. Times of the same boot can be compared even if the time of day was
 * changed.
 */
import fs from 'node:fs';

export interface BootMoment {
  /** The kernel's id of this boot. */
  readonly boot: string;
  /** Since the boot, including suspended time. */
  readonly uptimeMs: number;
}

/** Resolution of process start times and of `/proc/uptime`. */
export const TICK_MS = 10;

/**
 * @returns the current moment, rounded down to a tick; undefined if the kernel does not report it
 */
export function bootMoment(): BootMoment | undefined {
  try {
    const boot = read('sys/kernel/random/boot_id').trim();
    const uptimeMs = Math.round(Number(read('uptime').split(' ')[0]) * 1000);
    // A simulated `/proc/uptime` (lxcfs) counts from another moment than the start times of
    // processes do.
    const ownStartMs = startTicksOf(read('self/stat')) * TICK_MS;
    const moment = Math.max(uptimeMs, ownStartMs + process.uptime() * 1000);
    const ticks = Math.floor(moment / TICK_MS);
    return boot === '' || !(ticks >= 0) ? undefined : { boot, uptimeMs: ticks * TICK_MS };
  } catch {
    return undefined;
  }
}

/** Field 22 of proc(5) `stat`. The command before it is in parentheses and may contain spaces. */
const startTicksOf = (stat: string): number =>
  Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);

const read = (name: string): string => fs.readFileSync(`/proc/${name}`, 'latin1');
