/** Symbolic links, mounts, forged journals and full disks. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobPath, revisionPath } from '../../src/storage/layout.js';
import type { StorageTree } from '../../src/storage/port.js';
import {
  checkSpace,
  type ExecuteInput,
  execute,
  listRuns,
  openState,
  pendingRecovery,
  purgeItems,
  recover,
  restoreItems,
  type SweepState,
} from '../../src/sweep/index.js';
import { parseRecord } from '../../src/sweep/journal/records.js';
import { needs } from '../harness/require.js';
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
const mounted: string[] = [];

beforeEach(() => {
  root = makeRoot();
  tree = treeOf(root);
  push(tree, 'team/gone', 'v1', 'layer two');
  write(tree, 'repositories/team/gone/_uploads/u-1/data', 'half a layer');
  state = openState(tree);
});

afterEach(() => {
  for (const where of mounted.splice(0).reverse()) execFileSync('umount', [where]);
  fs.rmSync(root, { recursive: true, force: true });
});

const all = () => removalOf(tree, 'team/gone', 'v1', 'layer two');
const guarded = () => ({ tree, state, clearance: clearanceFor(tree).clearance });
const sweep = (over: Partial<ExecuteInput> = {}) =>
  execute({
    ...guarded(),
    items: over.items ?? all(),
    command: 'sweep',
    runId: 'run-1',
    planId: 'plan-1',
    options: { quarantine: true },
    ...over,
  });

it('an item that changed during the scan stays, whatever it looks like now', async () => {
  const items = all().map((item) =>
    item.action.kind === 'blob' ? { ...item, changedDuringScan: true as const } : item,
  );
  const blobs = items.filter(({ action }) => action.kind === 'blob');
  const result = await sweep({ items });
  expect(result.state).toBe('partial');
  expect(result.moved.blob).toBeUndefined();
  const skipped = result.skipped.samples.filter(({ action }) => action.kind === 'blob');
  expect(skipped.map(({ reason }) => reason)).toEqual(
    blobs.map(() => 'was modified during the scan'),
  );
  for (const { action } of blobs) expect(fs.existsSync(`${tree.v2}/${action.path}`)).toBe(true);
});

describe('symbolic links', () => {
  it('a parent swapped for a link is not followed', async () => {
    const items = all();
    const outside = `${root}/outside`;
    const layers = `${tree.v2}/repositories/team/gone/_layers`;
    fs.renameSync(layers, outside);
    fs.symlinkSync(outside, layers);
    const before = snapshot(outside);
    const result = await sweep({ items, remark: async () => () => true });
    expect(result.skipped.samples.map(({ action, reason }) => [action.kind, reason])).toEqual([
      ['layer-link', 'a folder above it is a symbolic link'],
      ['repository', 'was modified'],
    ]);
    expect(snapshot(outside)).toEqual(before);
  });

  it('a parent swapped midway, between two batches, is not followed', async () => {
    const items = all();
    const outside = `${root}/outside`;
    const blobs = `${tree.v2}/blobs`;
    const { clearance } = clearanceFor(tree, {
      onRenew: (call) => {
        if (call !== 4) return;
        fs.renameSync(blobs, outside);
        fs.symlinkSync(outside, blobs);
      },
    });
    await sweep({ items, clearance, options: { quarantine: true, batchSize: 1 } });
    expect(
      fs.readFileSync(`${outside}/${blobPath(digestOf('layer two')).slice(6)}/data`, 'utf8'),
    ).toBe('layer two');
  });

  it('restore writes through no link', async () => {
    await sweep();
    const outside = `${root}/outside`;
    fs.mkdirSync(outside);
    fs.rmSync(`${tree.v2}/repositories`, { recursive: true });
    fs.symlinkSync(outside, `${tree.v2}/repositories`);
    const back = await restoreItems({ ...guarded(), select: {} });
    expect(back.state).toBe('partial');
    expect(fs.readdirSync(outside)).toEqual([]);
    expect(back.restored).toEqual({ blob: 2, 'empty-directory': 2 });
    expect(listRuns(state)).toMatchObject([{ items: 5 }]);
  });

  it('purge does not follow a link in the trash', async () => {
    await sweep();
    const outside = `${root}/outside`;
    fs.mkdirSync(outside);
    fs.writeFileSync(`${outside}/precious`, 'x');
    fs.symlinkSync(outside, `${state.trashPath('run-1')}/${blobPath(digestOf('layer two'))}/more`);
    await purgeItems({ ...guarded(), runs: ['run-1'] });
    expect(fs.readFileSync(`${outside}/precious`, 'utf8')).toBe('x');
    expect(listRuns(state)).toEqual([]);
  });

  it('refuses a state folder that others prepared', () => {
    const refused = (make: () => void): void => {
      make();
      expect(() => openState(tree)).toThrow(/\.regsweep/);
      fs.rmSync(state.home, { recursive: true });
    };
    refused(() => fs.symlinkSync(root, state.home));
    refused(() => {
      fs.mkdirSync(state.home);
      fs.chmodSync(state.home, 0o777);
    });
    if (process.getuid?.() !== 0) return;
    refused(() => {
      fs.mkdirSync(state.home);
      fs.chownSync(state.home, 1234, 0);
    });
  });

  it('refuses a tree that is reached through a link, or was exchanged', async () => {
    const before = snapshot(tree.v2);
    await expect(sweep({ tree: { ...tree, viaSymlink: true } })).rejects.toThrow(/symbolic link/);
    const other = { ...tree, inode: '1' };
    await expect(sweep({ tree: other, clearance: clearanceFor(other).clearance })).rejects.toThrow(
      /was replaced since it was read/,
    );
    await expect(sweep({ clearance: clearanceFor(other).clearance })).rejects.toThrow(/clearance/);
    expect(snapshot(tree.v2)).toEqual(before);
  });
});

describe('the journal is not trusted', () => {
  const item = {
    t: 'item',
    n: 0,
    kind: 'blob',
    path: 'blobs/a',
    dev: 1,
    ino: 1,
    bytes: 1,
    disk: 1,
  };

  it.each([
    ['blobs/../../x'],
    ['/etc/passwd'],
    ['blobs//x'],
    ['blobs/./x'],
    ['other/x'],
    ['blobs'],
    ['blobs/x\0y'],
    ['repositories/x'],
    [''],
  ])('%j is no path of a blob', (bad) => {
    expect(parseRecord(JSON.stringify(item))).toEqual(item);
    expect(parseRecord(JSON.stringify({ ...item, path: bad }))).toBeUndefined();
  });

  it.each([
    ['{"t":"__proto__"}'],
    ['{"t":"end","state":"fine","at":"x"}'],
    ['{"t":"purge","n":[0],"entries":[]}'],
    ['[]'],
    ['{'],
    [JSON.stringify({ ...item, n: -1 })],
    [JSON.stringify({ ...item, kind: 'everything' })],
  ])('%s is no record', (line) => expect(parseRecord(line)).toBeUndefined());

  it('a forged line refuses the whole file, naming it; its run is left out', async () => {
    await sweep();
    const journal = state.journalPath('run-1');
    fs.appendFileSync(journal, `${JSON.stringify({ t: 'restored', n: [0], conflicts: [] })}\n`);
    const before = [contentOf(tree.v2), contentOf(state.home)];
    expect(listRuns(state)).toMatchObject([
      { runId: 'run-1', state: 'damaged', problem: expect.stringContaining(journal), items: 6 },
    ]);
    expect(recover(state)).toMatchObject({ runs: [], removed: [], damaged: [{ runId: 'run-1' }] });
    expect(await restoreItems({ ...guarded(), select: {} })).toMatchObject({ restored: {} });
    const named = restoreItems({ ...guarded(), select: { runs: ['run-1'] } });
    await expect(named).rejects.toThrow(journal);
    await expect(purgeItems({ ...guarded(), runs: ['run-1'] })).rejects.toThrow(journal);
    expect([contentOf(tree.v2), contentOf(state.home)]).toEqual(before);
  });

  it.each(['rubbish\n', ''])('a run with the journal %j hinders no other', async (journal) => {
    const isLost = journal === '';
    const before = contentOf(tree.v2);
    await sweep();
    push(tree, 'team/next', 'v1', 'layer three');
    write(tree, 'repositories/team/next/_uploads/u-1/data', 'x');
    const whole = contentOf(tree.v2);
    const items = removalOf(tree, 'team/next', 'v1', 'layer three');
    await sweep({ items, runId: 'run-2' });
    fs.writeFileSync(state.journalPath('run-1'), journal);
    const kept = contentOf(state.trashPath('run-1'));
    expect(recover(state)).toMatchObject({ runs: [], removed: [] });
    const emptied = isLost ? ['run-2', 'run-1'] : ['run-2'];
    expect(await restoreItems({ ...guarded(), select: {} })).toMatchObject({ emptied });
    expect(contentOf(tree.v2)).toEqual(isLost ? { ...whole, ...before } : whole);
    // What no journal tells of comes back by its paths.
    if (isLost) return;
    expect(contentOf(state.trashPath('run-1'))).toEqual(kept);
    const back = await restoreItems({ ...guarded(), select: { salvage: ['run-1'] } });
    expect(back).toMatchObject({ state: 'done', conflicts: { count: 0 } });
    expect(contentOf(tree.v2)).toEqual({ ...whole, ...before });
    expect(contentOf(state.trashPath('run-1'))).toEqual({});
    expect(fs.readFileSync(state.journalPath('run-1'), 'utf8')).toBe(journal);
  });

  it('what a damaged run has comes back with owner and mode, and replaces nothing', async () => {
    fs.chmodSync(`${tree.v2}/repositories/team`, 0o2750);
    const before = { ...snapshot(tree.v2) };
    await sweep();
    fs.writeFileSync(state.journalPath('run-1'), 'rubbish\n');
    const blob = blobPath(digestOf('layer two'));
    write(tree, `${blob}/data`, 'other content');
    expect(await restoreItems({ ...guarded(), select: { salvage: ['run-1'] } })).toMatchObject({
      state: 'partial',
      conflicts: {
        count: 1,
        samples: [{ path: `${blob}/data`, reason: 'something else is there now' }],
      },
    });
    expect(fs.readFileSync(`${tree.v2}/${blob}/data`, 'utf8')).toBe('other content');
    expect(fs.readFileSync(`${state.trashPath('run-1')}/${blob}/data`, 'utf8')).toBe('layer two');
    const modes = (all: Record<string, string>): Record<string, string> =>
      Object.fromEntries(
        Object.entries(all).map(([name, text]) => [name, text.split(' ').slice(0, 3).join(' ')]),
      );
    expect(modes(snapshot(tree.v2))).toEqual(modes(before));
  });

  it("another store's journal is refused", async () => {
    await sweep();
    const journal = state.journalPath('run-1');
    const text = fs.readFileSync(journal, 'utf8');
    fs.writeFileSync(journal, text.replace(`"inode":"${tree.inode}"`, '"inode":"7"'));
    expect(listRuns(state)).toMatchObject([
      { state: 'damaged', problem: expect.stringMatching(/another storage tree/) },
    ]);
  });

  it('a line that was cut short is dropped, and the rest settled', async () => {
    const before = snapshot(tree.v2);
    await sweep();
    const journal = state.journalPath('run-1');
    const text = fs.readFileSync(journal, 'utf8');
    fs.writeFileSync(journal, text.slice(0, text.lastIndexOf('{"t":"done"') + 9));
    expect(pendingRecovery(state)).toEqual(['run-1']);
    const report = recover(state);
    expect(report).toMatchObject({
      runs: [{ runId: 'run-1', batch: 'move', lost: [] }],
      removed: [],
    });
    expect(recover(state)).toEqual({ runs: [], removed: [], damaged: [] });
    expect(await restoreItems({ ...guarded(), select: {} })).toMatchObject({ state: 'done' });
    expect(Object.keys(snapshot(tree.v2))).toEqual(Object.keys(before));
  });

  it('a journal kept elsewhere works, and its trash is told from debris', async () => {
    const before = snapshot(tree.v2);
    const elsewhere = openState(tree, `${root}/state`);
    await sweep({ state: elsewhere });
    expect(pendingRecovery(state)).toEqual([]);
    expect(listRuns(state)).toMatchObject([{ runId: 'run-1', state: 'no-journal' }]);
    const back = await restoreItems({ ...guarded(), state: elsewhere, select: {} });
    expect(back).toMatchObject({ state: 'done', emptied: ['run-1'] });
    expect(snapshot(tree.v2)).toEqual(before);
  });
});

describe('mounts and full disks', needs('mounts'), () => {
  const mount = (where: string, ...args: string[]): void => {
    execFileSync('mount', [...args, where]);
    mounted.push(where);
  };

  it('leaves what is mounted, bind mounts of the same device too', async () => {
    const revision = `${tree.v2}/${revisionPath('team/gone', digestOf('manifest of layer two'))}`;
    mount(path.dirname(revision), '--bind', path.dirname(revision));
    const result = await sweep({ remark: async () => () => true });
    expect(result.skipped.samples.map(({ action, reason }) => [action.kind, reason])).toEqual([
      ['revision', 'is on another filesystem or mount'],
      ['repository', 'a filesystem is mounted there'],
    ]);
    expect(fs.existsSync(`${revision}/link`)).toBe(true);
  });

  it('purge does not enter a mount in the trash', async () => {
    await sweep();
    const blob = `${state.trashPath('run-1')}/${blobPath(digestOf('layer two'))}`;
    fs.mkdirSync(`${blob}/sub`);
    fs.mkdirSync(`${root}/precious`);
    fs.writeFileSync(`${root}/precious/file`, 'x');
    mount(`${blob}/sub`, '--bind', `${root}/precious`);
    const result = await purgeItems({ ...guarded(), runs: ['run-1'] });
    expect(result).toMatchObject({
      state: 'partial',
      conflicts: { count: 1 },
      purged: { blob: 1 },
    });
    expect(fs.readFileSync(`${root}/precious/file`, 'utf8')).toBe('x');
  });

  it.each([10, 12, 14, 16, 18])('a disk with %i inodes to spare loses nothing', async (spare) => {
    const small = `${root}/small`;
    fs.mkdirSync(small);
    mount(small, '-t', 'tmpfs', '-o', `size=4m,nr_inodes=${60 + spare}`, 'regsweep-test');
    const there = treeOf(small);
    push(there, 'team/gone', 'v1', 'layer two');
    write(there, 'repositories/team/gone/_uploads/u-1/data', 'half a layer');
    const used = fs.statfsSync(small);
    for (let i = used.ffree - spare; i > 0; i--) fs.writeFileSync(`${small}/filler-${i}`, '');
    const before = contentOf(there.v2);
    const its = openState(there);
    expect(() => checkSpace(its, { items: 9, folders: 30 })).toThrow(/not enough free space/);
    const clearance = clearanceFor(there).clearance;
    const items = removalOf(there, 'team/gone', 'v1', 'layer two');
    const result = await sweep({ tree: there, state: its, clearance, items });
    expect(result.state).toBe('partial');
    recover(its);
    for (const name of fs.readdirSync(small)) {
      if (name.startsWith('filler')) fs.unlinkSync(`${small}/${name}`);
    }
    await restoreItems({ tree: there, state: its, clearance, select: {} });
    expect(contentOf(there.v2)).toEqual(before);
  });
});

it('counts hard links within a plan once', async () => {
  const twin = addBlob(tree, 'a twin');
  const first = blobPath(digestOf('layer two'));
  fs.unlinkSync(`${tree.v2}/${blobPath(twin)}/data`);
  fs.linkSync(`${tree.v2}/${first}/data`, `${tree.v2}/${blobPath(twin)}/data`);
  const blocks = fs.statSync(`${tree.v2}/${first}/data`).blocks * 512;
  const blobs = [first, blobPath(twin)].sort().map((item) => ['blob', item] as const);
  for (const quarantine of [true, false]) {
    const options = { quarantine, batchSize: 1 };
    const result = await sweep({ items: itemsOf(tree, blobs), options });
    expect(result).toMatchObject({
      state: 'done',
      bytes: 9,
      diskBytes: blocks,
      moved: { blob: 2 },
    });
    if (quarantine) await restoreItems({ ...guarded(), select: {} });
  }
});
