import { describe, expect, it } from 'vitest';
import { listRuns, restoreItems } from '../../src/sweep/index.js';
import { clearanceFor, snapshot } from './helpers.js';
import { state, sweep, tree, useScene } from './scene.js';

useScene();

const restoreAll = (over: object = {}) =>
  restoreItems({ tree, state, clearance: clearanceFor(tree).clearance, select: {}, ...over });

describe('a lost clearance', () => {
  it('rolls the unconfirmed batch back at once', async () => {
    const before = snapshot(tree.v2);
    // Answers 1..5 let tag, revision, layer link, upload and the first blob go.
    const { clearance } = clearanceFor(tree, { failAt: 6 });
    const result = await sweep({ clearance, referenced: async () => () => false });
    expect(result).toMatchObject({
      state: 'rolled-back',
      rolledBack: 1,
      moved: { tag: 1, revision: 1, 'layer-link': 1, upload: 1, blob: 0 },
      error: { code: 'guard-refused' },
    });
    expect(listRuns(state)).toMatchObject([
      { state: 'rolled-back', items: 4, bytes: result.bytes },
    ]);
    expect(await restoreAll()).toMatchObject({ state: 'done' });
    expect(snapshot(tree.v2)).toEqual(before);
  });

  it('restores what a new mark still needs', async () => {
    const before = snapshot(tree.v2);
    const { clearance } = clearanceFor(tree, { failAt: 10 });
    const result = await sweep({ clearance, referenced: async () => () => true });
    expect(result).toMatchObject({ state: 'rolled-back', rolledBack: 9, bytes: 0 });
    expect(snapshot(tree.v2)).toEqual(before);
    expect(listRuns(state)).toEqual([]);
  });
});

describe('a tree that somebody else changed', () => {
  const unchanged = async () => {
    const { RegsweepError } = await import('../../src/util/errors.js');
    throw new RegsweepError('guard-refused', 'files changed during the run');
  };

  it('gives back all that vouches for others, and asks a new mark about the rest', async () => {
    const before = snapshot(tree.v2);
    const moved: string[] = [];
    const result = await sweep({
      unchanged,
      onMoved: (files) => moved.push(...files.map(({ name }) => name)),
      referenced: async () => (item) => item.kind === 'upload',
    });
    expect(moved).toHaveLength(7);
    expect(result).toMatchObject({
      state: 'rolled-back',
      rolledBack: 5,
      ended: 0,
      moved: { tag: 1, revision: 0, 'layer-link': 0, upload: 0, blob: 0, repository: 1 },
      error: { code: 'guard-refused' },
    });
    expect(listRuns(state)).toMatchObject([{ state: 'rolled-back', items: 4 }]);
    expect(await restoreAll()).toMatchObject({ state: 'done' });
    expect(snapshot(tree.v2)).toEqual(before);
  });

  it('gives back as much with --delete, since nothing has ended by then', async () => {
    const before = snapshot(tree.v2);
    const options = { quarantine: false, batchSize: 1 };
    const referenced = async () => () => true;
    const result = await sweep({ unchanged, referenced, options });
    expect(result).toMatchObject({ state: 'rolled-back', rolledBack: 9, deleted: true, ended: 0 });
    expect(result.error?.code).toBe('guard-refused');
    expect(snapshot(tree.v2)).toEqual(before);
  });
});

describe('--delete', () => {
  const options = { quarantine: false, batchSize: 1 };
  const MOVES = 9;

  it('ends nothing before all that was moved is vouched for', async () => {
    const ended: number[] = [];
    const { clearance } = clearanceFor(tree, {
      onRenew: (call) => {
        if (call <= MOVES + 1) expect(ended).toEqual([]);
      },
    });
    const result = await sweep({ clearance, options, onDeleted: (done) => ended.push(done) });
    expect(result).toMatchObject({ state: 'done', moved: { blob: 2 }, conflicts: { count: 0 } });
    expect(ended.length).toBeGreaterThan(1);
    expect(ended.at(-1)).toBe(result.ended);
  });

  it('stops when the evidence is lost meanwhile, and puts back what has not ended', async () => {
    const { clearance } = clearanceFor(tree, { failAt: MOVES + 4 });
    const referenced = async () => () => true;
    const result = await sweep({ clearance, options, referenced });
    expect(result).toMatchObject({ state: 'rolled-back', ended: 2, rolledBack: MOVES - 2 });
    expect(listRuns(state)).toEqual([]);
  });

  it('stops at a signal, and what has not ended can come back', async () => {
    const stop = new AbortController();
    const onDeleted = (done: number): void => {
      if (done === 2) stop.abort();
    };
    const result = await sweep({ options, onDeleted, signal: stop.signal });
    expect(result).toMatchObject({ state: 'interrupted', ended: 2 });
    expect(listRuns(state)).toMatchObject([{ state: 'interrupted', items: MOVES - 2 }]);
    expect(await restoreAll()).toMatchObject({ state: 'done' });
  });

  it('deletes nothing of a run that a signal cut short', async () => {
    const stop = new AbortController();
    const before = snapshot(tree.v2);
    const onProgress = (done: number): void => {
      if (done === 3) stop.abort();
    };
    const result = await sweep({ options, onProgress, signal: stop.signal });
    expect(result).toMatchObject({ state: 'interrupted', ended: 0 });
    expect(await restoreAll()).toMatchObject({ state: 'done' });
    expect(snapshot(tree.v2)).toEqual(before);
  });
});
