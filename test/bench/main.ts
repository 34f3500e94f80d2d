/**
 * npm run bench -- [--size 86000] [--tree DIR] [--keep] [--rounds 5] [--cold] [--large DIR]
 *                  [--sweep] [--downtime] [--quarantine 389500] [--slow] [--table 100000000] [--limit 300]
 *                  [--output docs/performance.md]
 *
 * `--tree` reuses a generated tree, or makes it there; without it a temporary one is made, and
 * removed unless `--keep`. `--cold` (root) measures once more with dropped caches. `--large DIR`
 * measures a tree of ten times the size. `--sweep` measures sweeping against `mv`,
 * `--downtime` (root) how long the real registry is down meanwhile. `--quarantine` (as many blobs)
 * measures sweep, restore and purge of a large part of a tree. `--slow` (a C compiler) makes each
 * call a millisecond late, `--table` fills the table of blobs alone.
 * The registry's own collector is ended after `--limit` seconds.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { coldTargets, contenders, growthTargets, NAMES, warmTargets } from './contenders.js';
import { downtimeSection } from './downtime.js';
import { DEFAULT_SHAPE, generateTree } from './generate.js';
import { renderDocument, renderSection, type Section } from './markdown.js';
import { alternate, dropCaches, measure, type Result } from './measure.js';
import { quarantineSection } from './quarantine.js';
import { slowSection } from './slow.js';
import { sweepSection } from './sweep.js';
import { tableSection } from './table.js';

const { values: flags } = parseArgs({
  options: {
    size: { type: 'string', default: String(DEFAULT_SHAPE.blobs) },
    tree: { type: 'string' },
    keep: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    cold: { type: 'boolean', default: false },
    large: { type: 'string' },
    sweep: { type: 'boolean', default: false },
    downtime: { type: 'boolean', default: false },
    quarantine: { type: 'string' },
    slow: { type: 'boolean', default: false },
    table: { type: 'string' },
    limit: { type: 'string', default: '300' },
    output: { type: 'string' },
  },
});
const blobs = Number(flags.size);
const rounds = Number(flags.rounds);
const limitMs = Number(flags.limit) * 1000;

const count = (number: number): string => number.toLocaleString('en-US');

async function warm(tree: string, folder: string): Promise<Section> {
  const all = contenders(tree, folder, limitMs);
  const results = await alternate(all, rounds, measure);
  const text =
    `${count(blobs)} blobs, warm: each measured run follows an unmeasured one of the same ` +
    'command. `-m` and fast-glob are run once, since they take so long.';
  return { title: 'Analysis, warm', text, results, targets: warmTargets(results) };
}

async function cold(tree: string, folder: string): Promise<Section> {
  const wanted: string[] = [NAMES.analyze, NAMES.collector, NAMES.find];
  const some = contenders(tree, folder, limitMs).filter(({ name }) => wanted.includes(name));
  const results = await alternate(some, Math.min(rounds, 3), dropCaches);
  const text = `${count(blobs)} blobs; page, dentry and inode caches dropped before each run.`;
  return { title: 'Analysis, cold', text, results, targets: coldTargets(results) };
}

async function large(tree: string, folder: string, small: Section): Promise<Section> {
  const repositories = DEFAULT_SHAPE.repositories * 10;
  await generateTree(tree, { ...DEFAULT_SHAPE, blobs: blobs * 10, repositories });
  const wanted: string[] = [NAMES.analyze, NAMES.untagged];
  const some = contenders(tree, folder, limitMs).filter(({ name }) => wanted.includes(name));
  const results = await alternate(some, Math.min(rounds, 3), measure);
  const pick = (all: readonly Result[]) => all.find(({ name }) => name === NAMES.analyze);
  const targets = growthTargets(pick(small.results), pick(results), blobs * 9);
  const text = `${count(blobs * 10)} blobs, warm as far as memory allows.`;
  return { title: 'Ten times the tree', text, results, targets };
}

async function sectionsOf(tree: string, folder: string): Promise<Section[]> {
  const sections = [await warm(tree, folder)];
  if (flags.cold) sections.push(await cold(tree, folder));
  if (flags.large !== undefined) sections.push(await large(flags.large, folder, sections[0]!));
  if (flags.sweep) sections.push(await sweepSection(folder, rounds));
  const shape = { ...DEFAULT_SHAPE, blobs };
  if (flags.downtime) sections.push(await downtimeSection(folder, shape, Math.min(rounds, 3)));
  if (flags.quarantine !== undefined) {
    const large = { ...DEFAULT_SHAPE, blobs: Number(flags.quarantine) };
    sections.push(await quarantineSection(folder, large));
  }
  if (flags.slow) sections.push(await slowSection(folder, tree));
  if (flags.table !== undefined) sections.push(tableSection(Number(flags.table)));
  return sections;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'regsweep-bench-'));
  const tree = flags.tree ?? join(folder, 'tree');
  try {
    await generateTree(tree, { ...DEFAULT_SHAPE, blobs });
    const sections = await sectionsOf(tree, folder);
    process.stdout.write(sections.map(renderSection).join('\n'));
    const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
    if (flags.output !== undefined) {
      mkdirSync(dirname(flags.output), { recursive: true });
      writeFileSync(flags.output, renderDocument(command, tree, sections));
    }
  } finally {
    if (flags.keep) process.stderr.write(`kept: ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

await main();
