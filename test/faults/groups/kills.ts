/** SIGKILL at the calls that change the disk, in every command that makes them. */

import type { Random } from '../../harness/random.js';
import { adopt, cloneSwept } from '../adopt.js';
import { type Case, type Group, spread } from '../engine.js';
import type { Lab, Step, Variant } from '../lab.js';
import { mustComeBack, mustHold, mustLive } from '../promise.js';
import { clone, discard, makeTemplate, type Template } from '../store.js';
import { changes, killAt, spawned } from '../strace.js';

interface Scene {
  readonly name: string;
  readonly step: Step;
  readonly variant: Variant;
  /** Undisturbed commands, or killed ones, that come before. */
  readonly before: readonly (
    | Step
    | { readonly step: Step; readonly call: string; readonly when: number }
  )[];
  readonly reversible: boolean;
  /** Of 100. */
  readonly share: number;
}

const half = (step: Step): Scene['before'][number] => ({
  step,
  call: step === 'purge' ? 'unlink' : 'rename',
  when: 5,
});

const U = { variant: 'unguarded', reversible: true } as const;
const SCENES: readonly Scene[] = [
  { ...U, name: 'sweep', step: 'sweep', before: [], share: 27 },
  { ...U, name: 'sweep, guarded', variant: 'real', step: 'sweep', before: [], share: 5 },
  { ...U, name: 'restore', step: 'restore', before: ['sweep'], share: 20 },
  { ...U, name: 'purge', step: 'purge', before: ['sweep'], reversible: false, share: 18 },
  { ...U, name: 'delete', step: 'sweep --delete', before: [], reversible: false, share: 10 },
  { ...U, name: 'recovery of a sweep', step: 'restore', before: [half('sweep')], share: 8 },
  { ...U, name: 'recovery, then a sweep', step: 'sweep', before: [half('sweep')], share: 5 },
  {
    ...U,
    name: 'recovery of a restore',
    step: 'restore',
    before: ['sweep', half('restore')],
    share: 4,
  },
  {
    ...U,
    name: 'recovery of a purge',
    step: 'purge',
    before: ['sweep', half('purge')],
    reversible: false,
    share: 3,
  },
];

/** The store as it is when the scene's own step begins. */
async function prepare(lab: Lab, template: Template, { before }: Scene): Promise<string> {
  const target = lab.fresh('memory');
  const swept = before[0] === 'sweep';
  const folder = swept ? await cloneSwept(lab, template, target) : clone(template, target);
  for (const each of swept ? before.slice(1) : before) {
    const step = typeof each === 'string' ? each : each.step;
    const argv = lab.argv('unguarded', step, `${folder}/root`);
    if (typeof each === 'string') {
      const ended = await spawned(argv[0]!, argv.slice(1));
      if (ended.code !== 0) throw new Error(`${step}: ${ended.code} ${ended.stderr}`);
    } else {
      const ended = await killAt(argv, `${folder}.log`, each.call, each.when);
      if (!ended.killed) throw new Error(`${step} was not killed`);
    }
  }
  return folder;
}

async function scene(
  lab: Lab,
  template: Template,
  it: Scene,
  count: number,
  random: Random,
): Promise<Case[]> {
  const sample = await prepare(lab, template, it);
  const points = await changes(lab.argv(it.variant, it.step, `${sample}/root`), `${sample}.log`);
  discard(sample);
  return spread(points.length, count, random).map((at) => {
    const [call, when] = points[at - 1]!;
    const name = `${it.name}: killed at ${call} ${when}`;
    return { name, run: () => killed(lab, template, it, call, when) };
  });
}

async function killed(
  lab: Lab,
  template: Template,
  it: Scene,
  call: string,
  when: number,
): Promise<number> {
  const folder = await prepare(lab, template, it);
  const argv = lab.argv(it.variant, it.step, `${folder}/root`);
  const ended = await killAt(argv, `${folder}.log`, call, when);
  mustHold(template, folder, it.reversible);
  if (it.reversible) await mustComeBack(lab, template, folder);
  else await mustLive(lab, template, folder);
  discard(folder);
  // Threads wake each other by writes, more or less often.
  if (!ended.killed && call === 'write' && when > 3) {
    return killed(lab, template, it, call, Math.floor(when * 0.8));
  }
  return ended.killed ? 1 : 0;
}

export const kills: Group = {
  name: 'kills',
  full: 400,
  short: 18,
  async cases(lab, count, random) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const cases: Case[] = [];
    for (const it of SCENES) {
      const share = Math.max(1, Math.round((count * it.share) / 100));
      cases.push(...(await scene(lab, template, it, share, random)));
    }
    return cases;
  },
};

/** Killed, and killed again while it recovers, one to three times. */
async function nested(lab: Lab, template: Template, random: Random): Promise<number> {
  const first = random.pick(['sweep', 'restore', 'purge'] as const);
  const before = first === 'sweep' ? [] : (['sweep'] as const);
  const it: Scene = { ...U, name: first, step: first, before, share: 0 };
  const folder = await prepare(lab, template, it);
  const reversible = first !== 'purge';
  let kills = await killSomewhere(lab, first, folder, random);
  for (let again = random.between(1, 3); again > 0; again--) {
    const next: Step = first === 'purge' ? 'purge' : random.pick(['restore', 'sweep'] as const);
    kills += await killSomewhere(lab, next, folder, random);
    mustHold(template, folder, reversible);
  }
  if (reversible) await mustComeBack(lab, template, folder);
  else await mustLive(lab, template, folder);
  discard(folder);
  return kills >= 2 ? kills : 0;
}

/** Counts the calls on a copy first, so that the kill can't miss. */
async function killSomewhere(
  lab: Lab,
  step: Step,
  folder: string,
  random: Random,
): Promise<number> {
  const copy = clone({ folder }, `${folder}-copy`);
  // A copy of a tree is another tree: its journals are made to belong to it.
  adopt(folder, copy);
  const points = await changes(lab.argv('unguarded', step, `${copy}/root`), `${copy}.log`);
  discard(copy);
  // Recovery comes first.
  const early = points.slice(0, Math.max(1, random.chance(0.7) ? 12 : points.length));
  const [call, when] = random.pick(early);
  const ended = await killAt(
    lab.argv('unguarded', step, `${folder}/root`),
    `${folder}.log`,
    call,
    when,
  );
  return ended.killed ? 1 : 0;
}

export const killsNested: Group = {
  name: 'kills-nested',
  full: 60,
  short: 4,
  async cases(lab, count, random) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    return Array.from({ length: count }, (_, i) => {
      const own = random.fork(`nested ${i}`);
      return { name: `nested ${i}`, run: () => nested(lab, template, own) };
    });
  },
};
