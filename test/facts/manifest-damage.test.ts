import { expect, it } from 'vitest';
import type { Collector, Resolver } from '../../src/facts/collect/collector.js';
import { ManifestDamage } from '../../src/facts/collect/manifest-damage.js';
import { type Condition, merge } from '../../src/facts/collect/repository-scan.js';
import { FINDINGS, FindingLog } from '../../src/facts/findings.js';
import type { RepositoryFacts } from '../../src/facts/types.js';

const digest = (node: number): string => `sha256:${String(node).padStart(64, '0')}`;
const resolver = { blobs: { count: 100, digest } } as unknown as Resolver;

/** Links nodes 3 and 7 as layers. */
const repository = (): RepositoryFacts => {
  const columns = { revisions: { node: Uint32Array.of(), target: [] }, tags: { target: [] } };
  return {
    ...columns,
    layers: Uint32Array.of(3, 7),
    keepAllReason: undefined,
  } as unknown as RepositoryFacts;
};

type Step = (damage: ManifestDamage) => void;

const STEPS: readonly Step[] = [
  (damage) => damage.unreadable(7, 'it is empty'),
  (damage) => damage.missing(3, 50, false),
  (damage) => damage.missing(3, 40, true),
  (damage) => damage.missing(9, 50, true),
  (damage) => damage.missing(9, 40, true),
  (damage) => damage.missing(9, 60, false),
];

function told(steps: readonly Step[]): unknown {
  const findings = new FindingLog(5);
  const one = repository();
  const damage = new ManifestDamage({ findings } as unknown as Collector, resolver, [one]);
  for (const step of steps) step(damage);
  damage.report();
  const samples = Object.keys(FINDINGS).flatMap((code) => findings.samples(code as never));
  return [one.keepAllReason, samples.map(({ code, detail }) => `${code}: ${detail}`)];
}

it('damage is told the same in whatever order threads find it', () => {
  expect(told(STEPS)).toEqual([
    `manifest ${digest(3)}: its blob is missing`,
    [
      'unreadable-manifest: it is empty',
      'missing-manifest: its blob is missing',
      `missing-blob: referred to by ${digest(60)}`,
      `missing-child: referred to by ${digest(40)}`,
    ],
  ]);
  for (let turn = 1; turn < STEPS.length; turn++) {
    const turned = [...STEPS.slice(turn), ...STEPS.slice(0, turn)];
    expect(told(turned)).toEqual(told(STEPS));
    expect(told(turned.reverse())).toEqual(told(STEPS));
  }
});

it('so is why a repository is kept', () => {
  const parts = ['b is damaged', 'a is damaged', undefined].map((damage) => {
    return { damage, isImmovable: damage !== undefined, foreign: false, findings: [] };
  });
  for (const order of [parts, [...parts].reverse()]) {
    const condition: Condition = {
      damage: undefined,
      immovable: undefined,
      foreign: false,
      unseen: false,
    };
    for (const part of order) merge(condition, part, part.damage ?? '');
    expect(condition.damage).toBe('a is damaged');
    expect(condition.immovable).toMatch(/^a is damaged contains/);
  }
});
