/** Sweeping 10,000 blobs into quarantine, against `mv` of the same folders. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as layout from '../../src/storage/layout.js';
import { BIN } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import type { Target } from './contenders.js';
import type { Section } from './markdown.js';
import { measure, type Result, type Sample, seconds } from './measure.js';

const BLOBS = 10_000;
const MV = `mv of ${BLOBS} folders`;
const SWEEP = `sweep of ${BLOBS} blobs`;
const PLAN = 'plan of the same';

/** A live image and 10,000 blobs that nothing refers to. @returns their folders */
function build(root: string): string[] {
  const random = new Random('sweep');
  const builder = new TreeBuilder(root);
  builder.push('app', images.dockerImage(random), 'latest');
  return Array.from({ length: BLOBS }, () => {
    const digest = builder.blob(random.bytes(64));
    return join(builder.v2, layout.blobPath(digest));
  });
}

async function move(root: string, folder: string): Promise<Sample> {
  const list = join(folder, 'list');
  writeFileSync(list, build(root).join('\n'));
  const target = join(root, 'moved');
  mkdirSync(target);
  return measure({ name: MV, command: ['xargs', '-a', list, 'mv', '-t', target] });
}

const FLAGS = ['--min-age', '0s', '--max-delete', '100%', '--format', 'json', '--quiet'];

/** The plan alone and the sweep: their difference is what the guard and the renames cost. */
async function sweep(root: string): Promise<{ plan: Sample; sweep: Sample }> {
  build(root);
  const plan = await measure({
    name: PLAN,
    command: [process.execPath, BIN, 'plan', root, ...FLAGS],
  });
  const flags = ['--yes', '--quiet-window', '1ms', ...FLAGS];
  const command = [process.execPath, BIN, 'sweep', root, ...flags];
  return { plan, sweep: await measure({ name: SWEEP, command }) };
}

function targets(mv: Result, swept: Result, planned: Result): Target[] {
  const ratio = (seconds(swept) - seconds(planned)) / seconds(mv);
  return [
    {
      what: 'sweep less plan / `mv`',
      wanted: 'at most 4',
      measured: ratio.toFixed(2),
      met: ratio <= 4,
    },
  ];
}

export async function sweepSection(folder: string, rounds: number): Promise<Section> {
  const samples = { mv: [] as Sample[], plan: [] as Sample[], sweep: [] as Sample[] };
  for (let round = 0; round < rounds; round++) {
    const root = join(folder, `sweep-${round}`);
    samples.mv.push(await move(join(root, 'mv'), folder));
    const both = await sweep(join(root, 'sweep'));
    samples.plan.push(both.plan);
    samples.sweep.push(both.sweep);
    rmSync(root, { recursive: true });
  }
  const mv = { name: MV, samples: samples.mv };
  const plan = { name: PLAN, samples: samples.plan };
  const swept = { name: SWEEP, samples: samples.sweep };
  const text =
    'Into quarantine, journal and fsyncs included. The whole command also starts Node, scans twice ' +
    'and waits out the guard; `mv` does neither, so the time of `plan` is taken off.';
  return { title: 'Sweeping', text, results: [mv, plan, swept], targets: targets(mv, swept, plan) };
}
