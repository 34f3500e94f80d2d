/** Groups of cases: each case makes one fault on a store of its own and throws when the promise broke. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../harness/random.js';
import type { Lab } from './lab.js';

export interface Case {
  readonly name: string;
  /**
   * @returns how often the fault really happened (or, for groups of attacks, was met)
   * @throws what of the promise did not hold
   */
  run(): Promise<number>;
}

export interface Group {
  readonly name: string;
  /** Cases that a whole run makes, and a short one. */
  readonly full: number;
  readonly short: number;
  /** What it needs beside root; a group that can't run fails. */
  readonly alone?: boolean;
  /** False where a fault may miss: a race, or an errno that the product never meets. */
  readonly mustHit?: boolean;
  cases(lab: Lab, count: number, random: Random): Promise<readonly Case[]>;
}

export interface Tally {
  readonly group: string;
  cases: number;
  hits: number;
  readonly failures: string[];
  seconds: number;
}

/** Runs a group's cases, `jobs` at a time. */
export async function runGroup(
  group: Group,
  lab: Lab,
  options: { readonly short: boolean; readonly jobs: number; readonly random: Random },
): Promise<Tally> {
  const tally: Tally = { group: group.name, cases: 0, hits: 0, failures: [], seconds: 0 };
  const begun = Date.now();
  try {
    const count = options.short ? group.short : group.full;
    const queue = [...(await group.cases(lab, count, options.random))];
    const jobs = group.alone === true ? 1 : options.jobs;
    await Promise.all(Array.from({ length: jobs }, () => work(queue, group, tally)));
    if (queue.length === 0 && tally.cases === 0) tally.failures.push('the group made no case');
    if (tally.hits === 0) tally.failures.push('no fault ever happened');
  } catch (error) {
    tally.failures.push(`the group could not be made: ${textOf(error)}`);
  }
  tally.seconds = (Date.now() - begun) / 1000;
  return tally;
}

async function work(queue: Case[], group: Group, tally: Tally): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    tally.cases += 1;
    const begun = Date.now();
    try {
      const hits = await next.run();
      tally.hits += hits;
      if (hits === 0 && group.mustHit !== false) {
        tally.failures.push(`${next.name}: the fault never happened`);
      }
    } catch (error) {
      tally.failures.push(`${next.name}: ${textOf(error)}`);
    }
    const took = (Date.now() - begun) / 1000;
    if (took > 10) console.log(`  slow: ${next.name}: ${took.toFixed(1)} s`);
    await sleep(0);
  }
}

export const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** `count` of the numbers 1..total, spread evenly, from a random start. */
export function spread(total: number, count: number, random: Random): number[] {
  if (total <= count) return Array.from({ length: total }, (_, i) => i + 1);
  const step = total / count;
  const start = random.float() * step;
  return Array.from({ length: count }, (_, i) => 1 + Math.floor(start + i * step));
}

/** At most `count` of a list, spread over it. */
export function everyNth<T>(list: readonly T[], count: number): T[] {
  const step = Math.max(1, list.length / count);
  return list.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
}
