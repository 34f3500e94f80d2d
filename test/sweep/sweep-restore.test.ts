import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobPath, layerPath, tagPath } from '../../src/storage/layout.js';
import { AuditLog, listRuns, restoreItems } from '../../src/sweep/index.js';
import {
  clearanceFor,
  contentOf,
  digestOf,
  itemsOf,
  removalOf,
  snapshot,
  write,
} from './helpers.js';
import { state, sweep, tree, useScene } from './scene.js';

useScene();

const restoreAll = (over: object = {}) =>
  restoreItems({ tree, state, clearance: clearanceFor(tree).clearance, select: {}, ...over });

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

it('audits each item, in a chain', async () => {
  fs.mkdirSync(state.home, { mode: 0o700 });
  const audit = new AuditLog(state.auditPath);
  await sweep({ audit });
  audit.close();
  expect(new AuditLog(state.auditPath).verify()).toEqual({ ok: true, lines: 27, torn: 0 });
});
