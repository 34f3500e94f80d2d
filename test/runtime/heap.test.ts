/** The limits of heaps that the command line sets. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { heapLimits, keepHeapsSmall, keepSmallAfterStart } from '../../src/runtime/heap.js';

/** Keeps everything that it allocates, so that V8 would enlarge the young generation. */
const SURVIVORS = `
  const { getHeapSpaceStatistics } = require('node:v8');
  const kept = [];
  for (let i = 0; i < 300_000; i++) kept.push({ i, text: [i] });
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  require('node:worker_threads').parentPort.postMessage(young.space_size);
`;

async function youngBytes(): Promise<number> {
  const worker = new Worker(SURVIVORS, { eval: true, resourceLimits: heapLimits(12) });
  const [bytes] = await once(keepSmallAfterStart(worker), 'message');
  await worker.terminate();
  return bytes;
}

it('the young generation of a thread keeps its size on the command line, not in the library', async () => {
  expect(await youngBytes()).toBeGreaterThan(4e6);
  keepHeapsSmall();
  expect(await youngBytes()).toBeLessThan(2.2e6);
});
