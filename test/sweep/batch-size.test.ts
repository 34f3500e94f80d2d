/** Batches grow on a fast disk, and never beyond what half a second moves. */
import { describe, expect, it } from 'vitest';
import { BATCH_SIZE, BatchPace } from '../../src/sweep/model/batch-size.js';
import { inBatches } from '../../src/sweep/model/batches.js';

describe('BatchPace', () => {
  it('doubles where batches take next to no time, up to a bound', () => {
    const pace = new BatchPace();
    const sizes: number[] = [];
    for (let i = 0; i < 8; i++) {
      sizes.push(pace.size);
      pace.learn(pace.size, 1);
    }
    expect(sizes).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000, 16_000, 16_000]);
  });

  it('keeps a batch within half a second at the speed of the one before', () => {
    const pace = new BatchPace();
    pace.learn(4000, 1000);
    expect(pace.size).toBe(2000);
  });

  it('stays at the first size on a slow disk', () => {
    const pace = new BatchPace();
    pace.learn(1000, 60_000);
    expect(pace.size).toBe(BATCH_SIZE);
  });

  it('does not shrink after the short rest of a kind', () => {
    const pace = new BatchPace();
    pace.learn(1000, 1);
    pace.learn(3, 100);
    expect(pace.size).toBe(2000);
  });

  it('learns from the work that it runs', async () => {
    const pace = new BatchPace();
    expect(await pace.run(1000, async () => 'moved')).toBe('moved');
    expect(pace.size).toBe(2000);
  });

  it('keeps a fixed size', () => {
    const pace = new BatchPace(2);
    pace.learn(2, 1);
    expect(pace.size).toBe(2);
  });
});

it('asks for the size before each batch', () => {
  const sizes = [1, 2, 3];
  const batches = [...inBatches([1, 2, 3, 4, 5, 6, 7], () => sizes.shift() ?? 9)];
  expect(batches).toEqual([[1], [2, 3], [4, 5, 6], [7]]);
});
