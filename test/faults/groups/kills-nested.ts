/** Killed, and killed again while it recovers. */
import type { Random } from '../../harness/random.js';
import { adopt } from '../adopt.js';
import type { Group } from '../engine.js';
import { killAt } from '../held.js';
import type { Lab, Step } from '../lab.js';
import { mustComeBack, mustHold, mustLive } from '../promise.js';
import { clone, discard, makeTemplate, type Template } from '../store.js';
import { changes, type Point } from '../strace.js';
import { prepare, sceneOf } from './kills.js';

type Points = readonly Point[];

class Killer {
  /** By the step and the one before it: what a killed run left differs little. */
  readonly #known = new Map<string, Promise<Points>>();

  constructor(private readonly lab: Lab) {}

  /** Somewhere in the step, mostly early, where it recovers. @returns whether it was killed */
  async kill(
    step: Step,
    before: Step | undefined,
    folder: string,
    random: Random,
  ): Promise<boolean> {
    const key = `${step} after ${before}`;
    const known = this.#known.get(key) ?? this.#count(step, folder);
    this.#known.set(key, known);
    if (await this.#killAtOne(step, folder, random, await known)) return true;
    // Fewer calls than the last time: counted anew, none can be missed.
    return this.#killAtOne(step, folder, random, await this.#count(step, folder));
  }

  async #killAtOne(step: Step, folder: string, random: Random, points: Points): Promise<boolean> {
    const early = points.slice(0, Math.max(1, random.chance(0.7) ? 12 : points.length));
    const point = random.pick(early);
    const argv = this.lab.argv('unguarded', step, `${folder}/root`);
    return (await killAt(argv, `${folder}.log`, point, folder)).killed;
  }

  /** On a copy, which is another tree: its journals are made to belong to it. */
  async #count(step: Step, folder: string): Promise<Points> {
    const copy = clone({ folder }, this.lab.fresh('memory', 'copy'));
    adopt(folder, copy);
    const argv = this.lab.argv('unguarded', step, `${copy}/root`);
    const points = await changes(argv, `${copy}.log`, copy);
    discard(copy);
    return points;
  }
}

/** One to three kills more after the first. @returns how many hit, 0 when fewer than two did */
async function nested(
  lab: Lab,
  template: Template,
  killer: Killer,
  random: Random,
): Promise<number> {
  const first = random.pick(['sweep', 'restore', 'purge'] as const);
  const folder = await prepare(lab, template, sceneOf(first));
  const reversible = first !== 'purge';
  let before: Step = first;
  let kills = Number(await killer.kill(first, undefined, folder, random));
  for (let again = random.between(1, 3); again > 0; again--) {
    const next: Step = first === 'purge' ? 'purge' : random.pick(['restore', 'sweep'] as const);
    kills += Number(await killer.kill(next, before, folder, random));
    before = next;
    mustHold(template, folder, reversible);
  }
  if (reversible) await mustComeBack(lab, template, folder);
  else await mustLive(lab, template, folder);
  discard(folder);
  return kills >= 2 ? kills : 0;
}

export const killsNested: Group = {
  name: 'kills-nested',
  full: 60,
  short: 4,
  async cases(lab, count, random) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const killer = new Killer(lab);
    return Array.from({ length: count }, (_, i) => {
      const own = random.fork(`nested ${i}`);
      return { name: `nested ${i}`, run: () => nested(lab, template, killer, own) };
    });
  },
};
