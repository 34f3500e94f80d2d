/** What it costs to sweep, to restore and to purge a large part of the benchmark's tree. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as layout from '../../src/storage/layout.js';
import { itemsIn } from '../../src/sweep/journal/item-groups.js';
import { parseRecord } from '../../src/sweep/journal/records.js';
import { BIN } from '../harness/cli.js';
import type { Target } from './contenders.js';
import { generateTree } from './generate.js';
import type { Section } from './markdown.js';
import { cpuSeconds, measure, type Result, type Sample, seconds } from './measure.js';
import type { BenchShape } from './model.js';

const NAMES = {
  analyze: 'analyze -m',
  sweep: 'sweep -m',
  restorePreview: 'trash restore --dry-run',
  restore: 'trash restore',
  moveBack: 'mv of the same items back',
  purgeOne: 'trash purge of one run, nine others stay',
  purgeAll: 'trash purge of all others',
} as const;
const RUNS = 10;
const CPU_LIMIT = 30;

const FLAGS = ['--quiet', '--format', 'json'];
const SWEEP = ['-m', '--age-by', 'mtime', '--min-age', '0s', '--max-delete', '100%'];
const AT_ONCE = ['--yes', '--quiet-window', '1ms'];

class Rounds {
  readonly #samples = new Map<string, Sample[]>();

  constructor(private readonly root: string) {}

  async regsweep(name: string, command: readonly string[], more: readonly string[]): Promise<void> {
    const args = [...command, this.root, ...FLAGS, ...more];
    await this.add(name, [process.execPath, BIN, ...args]);
  }

  async add(name: string, command: readonly string[]): Promise<void> {
    const sample = await measure({ name, command });
    process.stderr.write(
      `${name}: ${sample.seconds.toFixed(2)} s, CPU ${sample.cpuSeconds?.toFixed(2)} s\n`,
    );
    this.#samples.set(name, [...(this.#samples.get(name) ?? []), sample]);
  }

  get results(): Result[] {
    return [...this.#samples].map(([name, samples]) => ({ name, samples }));
  }
}

const runsOf = (root: string): string => join(root, '.regsweep', 'runs');

/** What the only run moved, by its journal. */
function pathsIn(root: string): string[] {
  const [run] = readdirSync(runsOf(root));
  const text = readFileSync(join(runsOf(root), run!, 'journal.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => itemsIn(parseRecord(line)).map(({ path }) => path));
}

/** Bytes of the audit log and of the only run's journal, for each item. */
function recordBytes(root: string, items: number): number {
  const [run] = readdirSync(runsOf(root));
  const audit = statSync(join(root, '.regsweep', 'audit.jsonl')).size;
  return (audit + statSync(join(runsOf(root), run!, 'journal.jsonl')).size) / items;
}

const ARGUMENTS = 500;
const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;

/** A script that moves all that the only run holds back, with one `mv` for each folder. */
function moveBackScript(root: string, folder: string): string {
  const [run] = readdirSync(runsOf(root));
  const byParent = new Map<string, string[]>();
  for (const path of pathsIn(root)) {
    const parent = dirname(path);
    byParent.set(parent, [...(byParent.get(parent) ?? []), path]);
  }
  const lines: string[] = [`cd ${quoted(join(runsOf(root), run!, 'trash'))}`];
  for (const [parent, paths] of byParent) {
    const target = join(root, layout.V2, parent);
    for (let i = 0; i < paths.length; i += ARGUMENTS) {
      const some = paths.slice(i, i + ARGUMENTS).map(quoted);
      lines.push(`mkdir -p ${quoted(target)} && mv -t ${quoted(target)} ${some.join(' ')}`);
    }
  }
  const script = join(folder, 'move-back.sh');
  writeFileSync(script, `${lines.join('\n')}\n`);
  return script;
}

/** Twenty teams in the tree, two for each run. */
const globsOf = (run: number): string[] =>
  [2 * run, 2 * run + 1].flatMap((team) => ['--repo', `team-${String(team).padStart(2, '0')}/**`]);

export async function quarantineSection(folder: string, shape: BenchShape): Promise<Section> {
  const root = join(folder, 'quarantine');
  mkdirSync(root);
  await generateTree(root, shape);
  const rounds = new Rounds(root);
  await rounds.regsweep(NAMES.analyze, ['analyze'], ['-m', '--min-age', '0s']);
  await rounds.regsweep(NAMES.sweep, ['sweep'], [...SWEEP, ...AT_ONCE]);
  const items = pathsIn(root).length;
  const bytes = recordBytes(root, items);
  await rounds.add(NAMES.moveBack, ['sh', moveBackScript(root, folder)]);
  rmSync(join(root, '.regsweep'), { recursive: true });
  await rounds.regsweep(NAMES.sweep, ['sweep'], [...SWEEP, ...AT_ONCE]);
  await rounds.regsweep(NAMES.restorePreview, ['trash', 'restore'], ['--dry-run']);
  await rounds.regsweep(NAMES.restore, ['trash', 'restore'], AT_ONCE);
  for (let run = 0; run < RUNS; run++) {
    await rounds.regsweep('sweep of a tenth', ['sweep'], [...SWEEP, ...AT_ONCE, ...globsOf(run)]);
  }
  const purge = ['--min-age', '0s', '--cache', 'none', ...AT_ONCE];
  const [first] = readdirSync(runsOf(root)).sort();
  await rounds.regsweep(NAMES.purgeOne, ['trash', 'purge'], [...purge, '--run', first!]);
  await rounds.regsweep(NAMES.purgeAll, ['trash', 'purge'], purge);
  rmSync(root, { recursive: true });
  return {
    title: 'Quarantine',
    text: `${shape.blobs} blobs, ${items} items moved; the quiet window is 1 ms here.`,
    results: rounds.results,
    targets: targets(rounds.results, bytes),
  };
}

function targets(results: readonly Result[], bytes: number): Target[] {
  const find = (name: string) => results.find((result) => result.name === name)!;
  const gone = seconds(find(NAMES.restore)) - seconds(find(NAMES.restorePreview));
  const back = gone / seconds(find(NAMES.moveBack));
  const cpu = (name: string): Target => {
    const spent = cpuSeconds(find(name));
    return {
      what: `CPU of \`${name}\``,
      wanted: `at most ${CPU_LIMIT} s`,
      measured: `${spent.toFixed(1)} s`,
      met: spent <= CPU_LIMIT,
    };
  };
  return [
    {
      what: 'restore less its preview / `mv` back',
      wanted: 'at most 6',
      measured: back.toFixed(2),
      met: back <= 6,
    },
    cpu(NAMES.sweep),
    cpu(NAMES.restore),
    cpu(NAMES.purgeAll),
    {
      what: 'audit log and journal, for each item',
      wanted: 'at most 250 bytes',
      measured: `${bytes.toFixed(0)} bytes`,
      met: bytes <= 250,
    },
  ];
}
