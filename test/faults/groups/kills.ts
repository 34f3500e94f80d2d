/** SIGKILL at the calls that change the disk, in every command that makes them. */
import { cloneSwept } from '../adopt.js';
import { type Case, type Group, spread } from '../engine.js';
import { killAt } from '../held.js';
import type { Lab, Step, Variant } from '../lab.js';
import { mustComeBack, mustHold, mustLive } from '../promise.js';
import { clone, discard, makeTemplate, type Template } from '../store.js';
import { changes, nameOf, type Point, spawned } from '../strace.js';

interface Scene {
  readonly name: string;
  readonly step: Step;
  readonly variant: Variant;
  /** Undisturbed commands, or killed ones, that come before. */
  readonly before: readonly (Step | ({ readonly step: Step } & Point))[];
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

/** The step on a store that was swept before, or on a fresh one. */
export function sceneOf(step: 'sweep' | 'restore' | 'purge'): Scene {
  return SCENES.find(({ name }) => name === step)!;
}

/** The store as it is when the scene's own step begins. */
export async function prepare(lab: Lab, template: Template, { before }: Scene): Promise<string> {
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
      const ended = await killAt(argv, `${folder}.log`, each, folder);
      if (!ended.killed) throw new Error(`${step} was not killed`);
    }
  }
  return folder;
}

/** The calls of a scene's own step at which it can be killed. */
async function pointsOf(lab: Lab, template: Template, it: Scene): Promise<Point[]> {
  const sample = await prepare(lab, template, it);
  const argv = lab.argv(it.variant, it.step, `${sample}/root`);
  const points = await changes(argv, `${sample}.log`, sample);
  discard(sample);
  return points;
}

/** How many of each scene: its share, and what the scenes with fewer calls leave over. */
function sharesOf(available: readonly number[], count: number): number[] {
  const wanted = SCENES.map(({ share }, i) => {
    return Math.min(available[i]!, Math.max(1, Math.round((count * share) / 100)));
  });
  let over = count - wanted.reduce((sum, number) => sum + number, 0);
  return wanted.map((number, i) => {
    const more = Math.max(0, Math.min(over, available[i]! - number));
    over -= more;
    return number + more;
  });
}

async function killed(
  lab: Lab,
  template: Template,
  it: Scene,
  point: Point,
  left = 5,
): Promise<number> {
  const folder = await prepare(lab, template, it);
  const argv = lab.argv(it.variant, it.step, `${folder}/root`);
  const ended = await killAt(argv, `${folder}.log`, point, folder);
  mustHold(template, folder, it.reversible);
  if (it.reversible) await mustComeBack(lab, template, folder);
  else await mustLive(lab, template, folder);
  discard(folder);
  // Something else on this machine looked like a registry.
  if (!ended.killed && ended.code === 12 && left > 0) {
    return killed(lab, template, it, point, left - 1);
  }
  // Threads wake each other by writes, more or less often; other calls may differ by a few.
  if (!ended.killed && ended.code !== 12 && point.when > 3) {
    return killed(lab, template, it, { ...point, when: Math.floor(point.when * 0.8) }, left);
  }
  return ended.killed ? 1 : 0;
}

export const kills: Group = {
  name: 'kills',
  full: 400,
  short: 18,
  async cases(lab, count, random) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const points: Point[][] = [];
    for (const it of SCENES) points.push(await pointsOf(lab, template, it));
    const available = points.map((of) => of.length);
    const shares = sharesOf(available, count);
    return SCENES.flatMap((it, i) =>
      spread(available[i]!, shares[i]!, random).map((at): Case => {
        const point = points[i]![at - 1]!;
        const name = `${it.name}: killed at ${nameOf(point)}`;
        return { name, run: () => killed(lab, template, it, point) };
      }),
    );
  },
};
