/** How long the real registry is down while the benchmark's tree is swept. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { regsweep } from '../harness/cli.js';
import { startRegistry } from '../harness/registry.js';
import { generateTree } from './generate.js';
import type { Section } from './markdown.js';
import type { Sample } from './measure.js';
import type { BenchShape } from './model.js';

const WANTED_SECONDS = 9;
const SETTLED_MS = 5000;
/** The tree was made just now, which its change times tell. */
const FLAGS = ['--age-by', 'mtime', '--yes', '--format', 'json', '--quiet'];

interface Report {
  readonly run: { readonly downtimeMs: number };
  readonly moved: Readonly<Record<string, number>>;
}

async function once(root: string, shape: BenchShape): Promise<Report> {
  await generateTree(root, shape);
  // A tree that changed within the last two seconds is looked at and planned once more, after the stop.
  await sleep(SETTLED_MS);
  const registry = await startRegistry(root);
  const pidFile = join(root, 'registry.pid');
  writeFileSync(pidFile, String(registry.pid));
  const serve = `docker-registry serve ${registry.configPath} >/dev/null 2>&1 & echo $! > ${pidFile}`;
  const up = `until curl -fs ${registry.url}/v2/ >/dev/null; do sleep 0.05; done`;
  const pid = `$(cat ${pidFile})`;
  const stop = `kill ${pid}; while kill -0 ${pid} 2>/dev/null; do sleep 0.05; done`;
  try {
    const commands = ['--stop-command', stop, '--start-command', `${serve}; ${up}`];
    const result = await regsweep(['sweep', root, ...FLAGS, ...commands]);
    if (result.code !== 0) throw new Error(result.stderr);
    return result.json as Report;
  } finally {
    await registry.stop();
  }
}

export async function downtimeSection(
  folder: string,
  shape: BenchShape,
  rounds: number,
): Promise<Section> {
  const samples: Sample[] = [];
  let items = 0;
  for (let round = 0; round < rounds; round++) {
    const root = join(folder, `downtime-${round}`);
    mkdirSync(root);
    const { run, moved } = await once(root, shape);
    items = Object.values(moved).reduce((sum, number) => sum + number, 0);
    samples.push({ seconds: run.downtimeMs / 1000, peakMegabytes: 0, timedOut: false });
    rmSync(root, { recursive: true });
  }
  const worst = Math.max(...samples.map((sample) => sample.seconds));
  const name = 'downtime of a sweep';
  return {
    title: 'Downtime',
    text:
      `From the begin of the stop until the registry answers again, with ${items} items moved and ` +
      'the quiet window of 5 s; the memory is not measured here.',
    results: [{ name, samples }],
    targets: [
      {
        what: 'downtime',
        wanted: `at most ${WANTED_SECONDS} s`,
        measured: `${worst.toFixed(1)} s`,
        met: worst <= WANTED_SECONDS,
      },
    ],
  };
}
