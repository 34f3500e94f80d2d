import { describe, expect, it } from 'vitest';
import { listRuns, restore } from '../../src/sweep/index.js';
import { clearanceFor, snapshot } from './helpers.js';
import { state, sweep, tree, useScene } from './scene.js';

useScene();

const restoreAll = (over: object = {}) =>
  restore({ tree, state, clearance: clearanceFor(tree).clearance, select: {}, ...over });

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
    const { RegsweepError } = await import('../../src/errors.js');
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

  it('says with --delete what had ended by then', async () => {
    const result = await sweep({ unchanged, options: { quarantine: false, batchSize: 1 } });
    expect(result).toMatchObject({ state: 'rolled-back', rolledBack: 0, deleted: true, ended: 8 });
    expect(result.error?.code).toBe('guard-refused');
  });
});
