import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobPath, layerPath, tagPath } from '../../src/storage/layout.js';
import type { StorageTree } from '../../src/storage/port.js';
import { dropTree } from '../../src/sweep/drop.js';
import {
  AuditLog,
  type ExecuteInput,
  execute,
  listRuns,
  openState,
  purge,
  restore,
  type SweepState,
} from '../../src/sweep/index.js';
import { turn } from '../../src/sweep/turn.js';
import {
  addBlob,
  clearanceFor,
  contentOf,
  digestOf,
  itemsOf,
  makeRoot,
  push,
  removalOf,
  snapshot,
  treeOf,
  write,
} from './helpers.js';

let root: string;
let tree: StorageTree;
let state: SweepState;

beforeEach(() => {
  root = makeRoot();
  tree = treeOf(root);
  push(tree, 'team/app', 'v1', 'layer one');
  push(tree, 'team/gone', 'v1', 'layer two');
  write(tree, 'repositories/team/gone/_uploads/u-1/data', 'half a layer');
  fs.chmodSync(`${tree.v2}/repositories/team/gone`, 0o2750);
  if (process.getuid?.() === 0) fs.chownSync(`${tree.v2}/repositories/team/gone`, 1234, 2345);
  state = openState(tree);
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const sweep = (over: Partial<ExecuteInput> = {}) =>
  execute({
    tree,
    state,
    clearance: clearanceFor(tree).clearance,
    items: removalOf(tree, 'team/gone', 'v1', 'layer two'),
    command: 'sweep',
    runId: 'run-1',
    planId: 'plan-1',
    options: { quarantine: true, batchSize: 1 },
    ...over,
  });

const restoreAll = (over: object = {}) =>
  restore({ tree, state, clearance: clearanceFor(tree).clearance, select: {}, ...over });

describe('sweep and restore', () => {
  it('moves everything of an image, and restores it exactly', async () => {
    const before = snapshot(tree.v2);
    const result = await sweep();
    expect(result).toMatchObject({
      state: 'done',
      moved: {
        tag: 1,
        revision: 1,
        'layer-link': 1,
        upload: 1,
        blob: 2,
        'empty-directory': 2,
        repository: 1,
      },
      skipped: { count: 0 },
      rolledBack: 0,
    });
    expect(Object.keys(contentOf(tree.v2)).filter((name) => name.includes('gone'))).toEqual([]);
    expect(fs.existsSync(`${tree.v2}/${blobPath(digestOf('layer two'))}`)).toBe(false);
    expect(listRuns(state)).toMatchObject([
      { runId: 'run-1', state: 'done', items: 9, bytes: result.bytes, diskBytes: result.diskBytes },
    ]);

    const back = await restoreAll();
    expect(back).toMatchObject({ state: 'done', missing: [], emptied: ['run-1'] });
    expect(back.conflicts.count).toBe(0);
    expect(snapshot(tree.v2)).toEqual(before);
    expect(fs.readdirSync(`${state.home}/runs`)).toEqual([]);
  });

  it('makes parents again with their owner, mode and times', async () => {
    const before = snapshot(tree.v2);
    await sweep({
      items: itemsOf(tree, [
        ['blob', blobPath(digestOf('layer two'))],
        ['empty-directory', path.dirname(blobPath(digestOf('layer two')))],
      ]),
    });
    const paths = [blobPath(digestOf('layer two'))];
    const back = await restoreAll({ select: { paths } });
    expect(back).toMatchObject({ state: 'done', restored: { blob: 1 }, missing: [] });
    expect(snapshot(tree.v2)).toEqual(before);
  });

  it('keeps names that are no UTF-8', async () => {
    const odd = 'repositories/odd/_uploads/\udcff\udc80';
    write(tree, `${odd}/data`, 'x');
    const before = snapshot(tree.v2);
    const result = await sweep({ items: itemsOf(tree, [['upload', odd]]) });
    expect(result).toMatchObject({ state: 'done', moved: { upload: 1 } });
    expect(await restoreAll()).toMatchObject({ state: 'done' });
    expect(snapshot(tree.v2)).toEqual(before);
  });

  it('skips what changed, and asks for a new mark before later kinds', async () => {
    const items = removalOf(tree, 'team/gone', 'v1', 'layer two');
    const before = contentOf(tree.v2);
    write(tree, `${tagPath('team/gone', 'v1')}/current/link`, digestOf('a retag'));
    const asked: string[] = [];
    const result = await sweep({
      items,
      remark: async () => (action) => {
        asked.push(action.kind);
        return action.kind === 'upload';
      },
    });
    expect(result).toMatchObject({ state: 'partial', moved: { upload: 1 }, skipped: { count: 8 } });
    expect(asked[0]).toBe('revision');
    expect(result.skipped.samples[0]).toMatchObject({
      action: { kind: 'tag' },
      reason: 'current/link was modified',
    });
    expect(Object.keys(contentOf(tree.v2))).toEqual(
      Object.keys(before).filter((name) => !name.includes('_uploads')),
    );
  });

  it('without a way to mark again, later kinds stay', async () => {
    const items = removalOf(tree, 'team/gone', 'v1', 'layer two');
    write(tree, `${layerPath('team/gone', digestOf('layer two'))}/new`, 'x');
    const result = await sweep({ items });
    expect(result).toMatchObject({
      state: 'partial',
      moved: { tag: 1, revision: 1 },
      skipped: {
        count: 7,
        samples: [{ reason: expect.stringContaining('was modified') }, {}, {}, {}, {}, {}, {}],
      },
    });
    expect(fs.existsSync(`${tree.v2}/${blobPath(digestOf('layer two'))}/data`)).toBe(true);
  });

  it('an empty directory that is not empty stays', async () => {
    const folder = path.dirname(blobPath(digestOf('layer one')));
    const before = snapshot(tree.v2);
    const result = await sweep({ items: itemsOf(tree, [['empty-directory', folder]]) });
    expect(result).toMatchObject({
      state: 'partial',
      skipped: { count: 1, samples: [{ reason: 'is not empty' }] },
    });
    expect(snapshot(tree.v2)).toEqual(before);
  });

  it('leaves uploads to a registry that is read-only', async () => {
    const clearance = clearanceFor(tree, { uploadsMovable: false }).clearance;
    const items = itemsOf(tree, [['upload', 'repositories/team/gone/_uploads/u-1']]);
    expect(await sweep({ clearance, items })).toMatchObject({ state: 'partial', moved: {} });
  });

  it('refuses items out of order before they are touched', async () => {
    const items = removalOf(tree, 'team/gone', 'v1', 'layer two').reverse();
    const result = await sweep({ items });
    expect(result.error?.message).toMatch(/comes after/);
    expect(result.moved).toEqual({ repository: 1 });
  });

  it('stops at a batch border when interrupted', async () => {
    const abort = new AbortController();
    const before = snapshot(tree.v2);
    const result = await sweep({
      signal: abort.signal,
      onProgress: (n) => n === 2 && abort.abort(),
    });
    expect(result).toMatchObject({ state: 'interrupted', moved: { tag: 1, revision: 1 } });
    expect(await restoreAll()).toMatchObject({ state: 'done' });
    expect(snapshot(tree.v2)).toEqual(before);
  });
});

describe('conflicts', () => {
  it('replaces nothing, and keeps both', async () => {
    await sweep();
    write(tree, `${blobPath(digestOf('layer two'))}/data`, 'other content');
    const [treeBefore, trashBefore] = [contentOf(tree.v2), contentOf(state.trashPath('run-1'))];
    const back = await restoreAll({ select: { paths: [blobPath(digestOf('layer two'))] } });
    expect(back).toMatchObject({
      state: 'partial',
      restored: {},
      conflicts: { count: 1, samples: [{ runId: 'run-1', reason: 'something else is there now' }] },
    });
    expect(contentOf(tree.v2)).toEqual(treeBefore);
    expect(contentOf(state.trashPath('run-1'))).toEqual(trashBefore);
  });

  it('merges into a folder that is there again', async () => {
    const before = contentOf(tree.v2);
    await sweep();
    fs.mkdirSync(`${tree.v2}/${blobPath(digestOf('layer two'))}`, { recursive: true });
    expect(await restoreAll()).toMatchObject({ state: 'done' });
    expect(contentOf(tree.v2)).toEqual(before);
  });

  it('tells which paths no trash holds', async () => {
    await sweep();
    const back = await restoreAll({ select: { paths: ['blobs/sha256/00/none'] } });
    expect(back).toMatchObject({
      state: 'partial',
      missing: ['blobs/sha256/00/none'],
      restored: {},
    });
  });
});

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
          void turn().then(() => resolve(signal.aborted));
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
    const purged = await purge({
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
    const result = await purge({
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
    const purged = await purge({
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
    const result = await purge({
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

it('audits each item, in a chain', async () => {
  fs.mkdirSync(state.home, { mode: 0o700 });
  const audit = new AuditLog(state.auditPath);
  await sweep({ audit });
  audit.close();
  expect(new AuditLog(state.auditPath).verify()).toEqual({ ok: true, lines: 18, torn: 0 });
});
