/** A disk that answers each call a millisecond late: what threads gain. */
import { join } from 'node:path';
import { BIN } from '../harness/cli.js';
import { DEFAULT_SHAPE, generateTree } from './generate.js';
import type { Section } from './markdown.js';
import { measure, seconds } from './measure.js';

const BLOBS = 8_600;
const CALLS = 'statx,newfstatat,openat,getdents64';
const WANTED = 8;

const command = (tree: string, threads: number): string[] => [
  ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${CALLS}`],
  ...['-e', `inject=${CALLS}:delay_enter=1000`],
  ...[process.execPath, BIN, 'analyze', tree, '--concurrency', String(threads)],
];

export async function slowSection(folder: string): Promise<Section> {
  const tree = join(folder, 'slow');
  await generateTree(tree, { ...DEFAULT_SHAPE, blobs: BLOBS, repositories: 40 });
  const results = [];
  for (const threads of [1, 16]) {
    const name = `analyze with threads: ${threads}`;
    results.push({ name, samples: [await measure({ name, command: command(tree, threads) })] });
  }
  const [one, sixteen] = results.map(seconds) as [number, number];
  const ratio = one / sixteen;
  return {
    title: 'A slow disk',
    text: `${BLOBS} blobs, with 1 ms injected into each ${CALLS.replaceAll(',', ', ')}.`,
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
