/** The kernel's own clock, which nobody sets: moments of one boot can be compared, whatever the time of day was. */
import fs from 'node:fs';

export interface BootMoment {
  /** The kernel's id of this boot. */
  readonly boot: string;
  /** Since the boot, suspended time included. */
  readonly uptimeMs: number;
}

/** Of start times and of `uptime`, in either. */
export const TICK_MS = 10;

/** Now, or a tick earlier; undefined where the kernel doesn't tell. */
export function bootMoment(): BootMoment | undefined {
  try {
    const boot = read('sys/kernel/random/boot_id').trim();
    const uptimeMs = Math.round(Number(read('uptime').split(' ')[0]) * 1000);
    // A made-up `uptime` (lxcfs) counts from another time than the start times of processes.
    const ownStartMs = startTicksOf(read('self/stat')) * TICK_MS;
    const moment = Math.max(uptimeMs, ownStartMs + process.uptime() * 1000);
    const ticks = Math.floor(moment / TICK_MS);
    return boot === '' || !(ticks >= 0) ? undefined : { boot, uptimeMs: ticks * TICK_MS };
  } catch {
    return undefined;
  }
}

/** Behind the command, which may hold spaces and brackets. */
const startTicksOf = (stat: string): number =>
  Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);

const read = (name: string): string => fs.readFileSync(`/proc/${name}`, 'latin1');
