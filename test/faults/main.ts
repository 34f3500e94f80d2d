/**
 * `npm run test:faults -- [--short] [--group a,b] [--seed N] [--jobs N] [--report FILE] [--list]`:
 * makes every fault that the promise speaks of, as root, and prints for each group how many cases
 * it made and how many of them the fault really hit. `--case WORD` repeats what has it in its name.
 */
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { Random } from '../harness/random.js';
import { runGroup, type Tally, textOf } from './engine.js';
import { GROUPS } from './groups/index.js';
import { Lab } from './lab.js';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    group: { type: 'string' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    case: { type: 'string' },
    product: { type: 'string' },
    report: { type: 'string' },
  },
});

function line({ group, cases, hits, failures, seconds }: Tally): string {
  const columns = [
    group.padEnd(14),
    `${cases} cases`.padStart(12),
    `${hits} hits`.padStart(12),
    `${failures.length} failed`.padStart(10),
    `${seconds.toFixed(1)} s`.padStart(10),
  ];
  return columns.join(' ');
}

async function main(): Promise<number> {
  const wanted = values.group?.split(',');
  const unknown = wanted?.find((name) => !GROUPS.some((group) => group.name === name));
  if (unknown !== undefined) throw new Error(`there is no group ${unknown}`);
  const groups = GROUPS.filter(({ name }) => wanted?.includes(name) ?? true);
  const lab = await Lab.open(values.product);
  const tallies: Tally[] = [];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void lab.close().finally(() => process.exit(1));
    });
  }
  try {
    for (const group of groups) {
      if (values.short && group.short === 0) continue;
      const random = new Random(`${values.seed}/${group.name}`);
      const options = { short: values.short, jobs: Number(values.jobs), random };
      const tally = await runGroup(only(group, values.case), lab, options);
      tallies.push(tally);
      console.log(line(tally));
      for (const failure of tally.failures.slice(0, 10)) console.log(`  FAILED ${failure}`);
    }
  } finally {
    await lab.close();
  }
  if (values.report !== undefined) fs.writeFileSync(values.report, JSON.stringify(tallies));
  return summary(tallies);
}

/** One case again, by a part of its name. */
function only(group: (typeof GROUPS)[number], part: string | undefined): (typeof GROUPS)[number] {
  if (part === undefined) return group;
  return {
    ...group,
    cases: async (...args) =>
      (await group.cases(...args)).filter(({ name }) => name.includes(part)),
  };
}

function summary(tallies: readonly Tally[]): number {
  const sum = (pick: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + pick(tally), 0);
  const failed = sum(({ failures }) => failures.length);
  const cases = sum((tally) => tally.cases);
  const hits = sum((tally) => tally.hits);
  console.log(`seed ${values.seed}: ${cases} cases, ${hits} hits, ${failed} failed`);
  return failed === 0 && cases > 0 ? 0 : 1;
}

if (values.list) {
  for (const { name, full, short } of GROUPS) console.log(`${name} ${full} ${short}`);
} else if (process.getuid?.() !== 0) {
  console.error('SKIPPED: the faults need root');
  process.exitCode = process.env.REGSWEEP_REQUIRE_REGISTRY === '1' ? 1 : 0;
} else {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(textOf(error));
    return 1;
  });
}
