/** Measures how busy the cores are, to tell whether threads wait for the disk. */
import { cpus } from 'node:os';

/**
 * Minimum time of a measurement. The kernel counts in ticks of 10 ms, so that a shorter one may see
 * none although all cores are busy.
 */
const SHORTEST_MS = 50;

/**
 * Average computing time of a core, in ms, over all processes. Load by other processes is thus no
 * reason to add threads.
 */
function systemBusyMs(): number {
  const all = cpus();
  const busy = all.reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
  return busy / all.length;
}

export class CpuLoad {
  #busyMs: number;
  #sampledAt: number;
  /** Before the first measurement no thread is added. */
  #last = 1;

  constructor(
    private readonly busyMs = systemBusyMs,
    private readonly now = () => performance.now(),
  ) {
    this.#busyMs = busyMs();
    this.#sampledAt = now();
  }

  /**
   * @returns the share of busy cores, 0 to 1, since the last measurement; the result of that one if
   *   it has only just been made
   */
  sample(): number {
    const now = this.now();
    const elapsed = now - this.#sampledAt;
    if (elapsed < SHORTEST_MS) return this.#last;
    const busyMs = this.busyMs();
    this.#last = (busyMs - this.#busyMs) / elapsed;
    this.#busyMs = busyMs;
    this.#sampledAt = now;
    return this.#last;
  }
}
