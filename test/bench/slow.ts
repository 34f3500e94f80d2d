/** A disk that answers each call a millisecond late: what threads gain. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BIN } from '../harness/cli.js';
import type { Section } from './markdown.js';
import { measure, seconds } from './measure.js';

const WANTED = 8;
const SOURCE = fileURLToPath(new URL('./late.c', import.meta.url));

/** @throws where there is no C compiler: then this is not measured */
function preloadIn(folder: string): string {
  const library = join(folder, 'late.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']);
  return library;
}

const command = (library: string, tree: string, threads: number): string[] => [
  ...['env', `LD_PRELOAD=${library}`, process.execPath, BIN],
  ...['analyze', tree, '--concurrency', String(threads)],
];

export async function slowSection(folder: string, tree: string): Promise<Section> {
  const library = preloadIn(folder);
  const results = [];
  for (const threads of [1, 16]) {
    const name = `analyze with threads: ${threads}`;
    const sample = await measure({ name, command: command(library, tree, threads) });
    results.push({ name, samples: [sample] });
  }
  const [one, sixteen] = results.map(seconds) as [number, number];
  const ratio = one / sixteen;
  return {
    title: 'A slow disk',
    text: 'The same tree, with 1 ms added to each call that looks at something in it (late.c).',
    results,
    targets: [
      {
        what: '16 threads against 1',
        wanted: `at least ${WANTED} times as fast`,
        measured: `${ratio.toFixed(1)} times`,
        met: ratio >= WANTED,
      },
    ],
  };
}
