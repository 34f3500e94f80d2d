/** A run that is interrupted, and what ends for good. */
import fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { blobPath } from '../../src/storage/layout.js';
import { listRuns, purgeItems, restoreItems } from '../../src/sweep/index.js';
import { dropTree } from '../../src/sweep/items/delete-items.js';
import { yieldToSignals } from '../../src/sweep/stop-on-signal.js';
import { addBlob, clearanceFor, contentOf, digestOf, itemsOf, snapshot, write } from './helpers.js';
import { root, state, sweep, tree, useScene } from './scene.js';

useScene();

const restoreAll = (over: object = {}) =>
  restoreItems({ tree, state, clearance: clearanceFor(tree).clearance, select: {}, ...over });

describe('an interrupt that only the event loop brings', () => {
  const many = Array.from({ length: 60 }, (_, i) => `layer ${i}`);
  const items = () =>
    itemsOf(
      tree,
      many.map((text) => ['blob', blobPath(addBlob(tree, text))]),
    );

  const SIGNAL = 'SIGUSR2';
  afterEach(() => void process.removeAllListeners(SIGNAL));

  /** As the command line does it; `send` sends a real signal to this process. */
  function interruptible() {
    const abort = new AbortController();
    process.removeAllListeners(SIGNAL);
    process.on(SIGNAL, () => abort.abort());
    return { signal: abort.signal, send: () => void process.kill(process.pid, SIGNAL) };
  }

  it('is heard in a turn, wherever that begins', async () => {
    for (const phase of [setImmediate, setTimeout, (then: () => void) => fs.stat('/', then)]) {
      const { signal, send } = interruptible();
      const heard = await new Promise((resolve) => {
        phase(() => {
          send();
          void yieldToSignals().then(() => resolve(signal.aborted));
        });
      });
      expect(heard).toBe(true);
    }
  });

  it('ends a sweep, a restore and a purge after a batch', async () => {
    const before = Object.keys(contentOf(tree.v2)).length;
    const blobs = items();
    const options = { quarantine: true, batchSize: 20 };
    const inSweep = interruptible();
    const first = await sweep({
      items: blobs,
      options,
      signal: inSweep.signal,
      onProgress: inSweep.send,
    });
    expect(first).toMatchObject({ state: 'interrupted', moved: { blob: 20 } });
    await restoreAll();
    await sweep({ items: items(), options, runId: 'run-2' });
    const inRestore = interruptible();
    const { clearance } = clearanceFor(tree, { onRenew: inRestore.send });
    const back = await restoreAll({ clearance, signal: inRestore.signal, batchSize: 20 });
    expect(back).toMatchObject({ state: 'interrupted', restored: { blob: 20 } });
    const inPurge = interruptible();
    const purged = await purgeItems({
      tree,
      state,
      clearance: clearanceFor(tree).clearance,
      runs: ['run-2'],
      signal: inPurge.signal,
      onProgress: inPurge.send,
      batchSize: 20,
    });
    expect(purged).toMatchObject({ state: 'interrupted', purged: { blob: 20 }, kept: 0 });
    expect(Object.keys(contentOf(tree.v2))).toHaveLength(before + 20);
  });
});

describe('ending for good', () => {
  it('counts a file once its name is gone, not before', () => {
    const counted: string[] = [];
    const stat = (path: string) => ({ isDirectory: () => path === 'blob', path });
    const trash = {
      lstat: stat,
      names: () => ['a', 'b'],
      rmdir: () => undefined,
      unlink: (path: string) => {
        if (path.endsWith('b')) throw new Error('EPERM');
      },
    };
    const hear = (file: unknown) => void counted.push((file as { path: string }).path);
    expect(() => dropTree(trash as never, 'blob', hear)).toThrow('EPERM');
    expect(counted).toEqual(['blob/a']);
  });

  it('--delete ends each batch once the guard confirmed it', async () => {
    const result = await sweep({ options: { quarantine: false, batchSize: 2 } });
    expect(result).toMatchObject({ state: 'done', deleted: true, conflicts: { count: 0 } });
    expect(result.diskBytes).toBeGreaterThan(0);
    expect(Object.keys(contentOf(root)).filter((name) => name.includes('gone'))).toEqual([]);
    expect(contentOf(state.home)).toEqual({});
  });

  it('--delete can still roll back what was not confirmed', async () => {
    const blob = blobPath(digestOf('layer two'));
    const before = snapshot(tree.v2);
    const { clearance } = clearanceFor(tree, { failAt: 2 });
    const result = await sweep({
      clearance,
      items: itemsOf(tree, [['blob', blob]]),
      options: { quarantine: false },
    });
    expect(result).toMatchObject({ state: 'rolled-back', rolledBack: 1 });
    expect(snapshot(tree.v2)).toEqual(before);
  });

  it('purge frees what the sweep promised, to the byte', async () => {
    fs.linkSync(`${tree.v2}/${blobPath(digestOf('layer two'))}/data`, `${root}/outside`);
    const swept = await sweep();
    const result = await purgeItems({
      tree,
      state,
      clearance: clearanceFor(tree).clearance,
      runs: ['run-1'],
    });
    expect(result).toMatchObject({
      state: 'done',
      kept: 0,
      bytes: swept.bytes,
      freedBytes: swept.diskBytes,
      emptied: ['run-1'],
    });
    expect(fs.readFileSync(`${root}/outside`, 'utf8')).toBe('layer two');
    expect(listRuns(state)).toEqual([]);
  });

  it('counts a file with two names once, whatever batches they go in', async () => {
    const [one, two] = ['one name', 'other name'].map((text) => blobPath(addBlob(tree, text)));
    fs.rmSync(`${tree.v2}/${two}/data`);
    fs.linkSync(`${tree.v2}/${one}/data`, `${tree.v2}/${two}/data`);
    const result = await sweep({
      items: itemsOf(tree, [
        ['blob', one!],
        ['blob', two!],
      ]),
    });
    const purged = await purgeItems({
      tree,
      state,
      clearance: clearanceFor(tree).clearance,
      runs: ['run-1'],
      batchSize: 1,
    });
    const { bytes, freedBytes } = purged;
    expect([bytes, freedBytes]).toEqual([result.bytes, result.diskBytes]);
    expect(bytes).toBe('one name'.length);
  });

  it('purge keeps what is needed, and what differs from the tree', async () => {
    await sweep();
    const [manifest, blob] = [digestOf('manifest of layer two'), digestOf('layer two')].map(
      blobPath,
    );
    write(tree, `${blob}/data`, 'other content');
    const result = await purgeItems({
      tree,
      state,
      clearance: clearanceFor(tree).clearance,
      runs: ['run-1'],
      keep: (item) => item === manifest,
    });
    expect(result).toMatchObject({
      state: 'partial',
      kept: 1,
      // Of tag, its history, revision and layer link: 71 bytes each; the upload: 12.
      bytes: 4 * 71 + 12,
      conflicts: { count: 1, samples: [{ path: blob }] },
      emptied: [],
    });
    expect(Object.keys(contentOf(state.trashPath('run-1'))).sort()).toEqual(
      [`./${manifest}/data`, `./${blob}/data`].sort(),
    );
    expect(listRuns(state)).toMatchObject([{ items: 2, purgedItems: 7 }]);
  });
});
