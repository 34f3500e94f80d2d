/**
 * An error of a call that only looks, while things are changed: after a rename above all, where what
 * was done must be told as done.
 */
import type { Random } from '../../harness/random.js';
import { cloneSwept } from '../adopt.js';
import { type Case, type Group, spread } from '../engine.js';
import type { Lab, Step } from '../lab.js';
import { mustComeBack, mustHold, mustLive } from '../promise.js';
import { clone, discard, makeTemplate, type Template } from '../store.js';
import { looks as looksOf, type Point, strace } from '../strace.js';

const ERRORS = ['EIO', 'EACCES'] as const;
const SHARES = { sweep: 0.5, restore: 0.3, purge: 0.2 } as const;

const prepared = async (lab: Lab, template: Template, step: Step): Promise<string> => {
  const target = lab.fresh('memory');
  return step === 'sweep' ? clone(template, target) : cloneSwept(lab, template, target);
};

async function once(
  lab: Lab,
  template: Template,
  step: Step,
  { call, when }: Point,
  errno: string,
): Promise<number> {
  const folder = await prepared(lab, template, step);
  const argv = lab.argv('unguarded', step, `${folder}/root`);
  const fault = { call, effect: `error=${errno}`, when: `${when}` };
  const traced = await strace(argv, `${folder}.log`, fault);
  const isReversible = step !== 'purge';
  mustHold(template, folder, isReversible, { ...traced, code: traced.code ?? -1 });
  if (isReversible) await mustComeBack(lab, template, folder);
  else await mustLive(lab, template, folder);
  discard(folder);
  return traced.injected > 0 ? 1 : 0;
}

async function cases(lab: Lab, count: number, random: Random): Promise<Case[]> {
  const template = makeTemplate(lab.fresh('memory', 'template'));
  const all: Case[] = [];
  for (const step of ['sweep', 'restore', 'purge'] as const) {
    const folder = await prepared(lab, template, step);
    const points = await looksOf(lab.argv('unguarded', step, `${folder}/root`), `${folder}.log`);
    discard(folder);
    const own = spread(points.length, Math.ceil(count * SHARES[step]), random);
    for (const [i, at] of own.entries()) {
      const [point, errno] = [points[at - 1]!, ERRORS[i % ERRORS.length]!];
      const name = `${step}: ${point.call} error=${errno} at ${point.when}`;
      all.push({ name, run: () => once(lab, template, step, point, errno) });
    }
  }
  return all;
}

/** How often /proc is read depends on the machine: a fault at the last calls may miss. */
export const looks: Group = { name: 'looks', full: 300, short: 12, mustHit: false, cases };
