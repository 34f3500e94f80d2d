/** A restore into a tree that has some of it again: all that doesn't conflict comes back. */
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../src/storage/digest.js';
import {
  blobPath,
  layerPath,
  linkOf,
  revisionPath,
  tagCurrentPath,
  tagHistoryPath,
} from '../../src/storage/layout.js';
import type { StorageTree } from '../../src/storage/port.js';
import {
  AuditLog,
  execute,
  listRuns,
  openState,
  purgeItems,
  restoreItems,
  type SweepState,
} from '../../src/sweep/index.js';
import {
  addBlob,
  clearanceFor,
  contentOf,
  digestOf,
  itemsOf,
  makeRoot,
  push,
  removalOf,
  treeOf,
  write,
} from './helpers.js';

let root: string;
let tree: StorageTree;
let state: SweepState;
let before: Record<string, string>;
const [SHARED, OWN] = ['shared layer', 'own layer'].map(digestOf) as [Digest, Digest];
const TREE_BLOB = blobPath(digestOf('layer two'));

beforeEach(() => {
  root = makeRoot();
  tree = treeOf(root);
  push(tree, 'app', 'v1', 'layer two');
  for (const digest of [SHARED, OWN]) write(tree, linkOf(layerPath('app', digest)), digest);
  write(tree, 'repositories/app/_uploads/u-1/data', 'half a layer');
  before = contentOf(tree.v2);
  state = openState(tree);
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const sweep = (items = itemsOf(tree, [['repository', 'repositories/app']]), runId = 'run-1') =>
  execute({
    tree,
    state,
    clearance: clearanceFor(tree).clearance,
    items,
    command: 'sweep',
    runId,
    planId: 'plan-1',
    options: { quarantine: true, batchSize: 1 },
  });

const restoreAll = () =>
  restoreItems({ tree, state, clearance: clearanceFor(tree).clearance, select: {} });

describe('a repository of which something is there again', () => {
  it.each([
    ['as one item', ['repository']],
    ['in parts', ['tag', 'revision', 'layer-link', 'repository']],
  ])('comes back beside it (%s)', async (_, kinds) => {
    const items = removalOf(tree, 'app', 'v1', 'layer two');
    await sweep(items.filter(({ action }) => kinds.includes(action.kind)));
    write(tree, linkOf(layerPath('app', SHARED)), SHARED);
    expect(await restoreAll()).toMatchObject({ state: 'done', conflicts: { count: 0 } });
    expect(contentOf(tree.v2)).toEqual(before);
    expect(listRuns(state)).toEqual([]);
  });

  it('tells what conflicts by its own path, and brings the rest', async () => {
    await sweep();
    const [link, current] = [linkOf(layerPath('app', SHARED)), linkOf(tagCurrentPath('app', 'v1'))];
    write(tree, link, OWN);
    write(tree, current, SHARED);
    expect(await restoreAll()).toMatchObject({
      state: 'partial',
      conflicts: {
        samples: [link, current].map((path) => ({ path, reason: 'something else is there now' })),
      },
    });
    const inTree = { ...before, [`./${link}`]: OWN, [`./${current}`]: SHARED };
    expect(contentOf(tree.v2)).toEqual(inTree);
    expect(Object.keys(contentOf(state.trashPath('run-1')))).toEqual([`./${link}`, `./${current}`]);
    const history = linkOf(tagHistoryPath('app', 'v1', digestOf('manifest of layer two')));
    expect(inTree).toHaveProperty([`./${history}`]);
  });

  it('takes the same content for done, and keeps what stands there', async () => {
    await sweep(itemsOf(tree, [['blob', TREE_BLOB]]));
    addBlob(tree, 'layer two');
    const { ino } = fs.statSync(`${tree.v2}/${TREE_BLOB}/data`);
    expect(await restoreAll()).toMatchObject({ state: 'done', restored: { blob: 1 } });
    expect(fs.statSync(`${tree.v2}/${TREE_BLOB}/data`).ino).toBe(ino);
    expect(listRuns(state)).toEqual([]);
  });
});

describe('several runs', () => {
  const manifest = digestOf('manifest of layer two');

  it('come back kind by kind, whichever holds what the others refer to', async () => {
    const links = removalOf(tree, 'app', 'v1', 'layer two').slice(0, 2);
    await sweep(itemsOf(tree, [['blob', blobPath(manifest)]]));
    await sweep(links, 'run-2');
    const isWhole = (): boolean =>
      !fs.existsSync(`${tree.v2}/${revisionPath('app', manifest)}`) ||
      fs.existsSync(`${tree.v2}/${blobPath(manifest)}`);
    const seen: boolean[] = [];
    const { clearance } = clearanceFor(tree, { onRenew: () => seen.push(isWhole()) });
    await restoreItems({ tree, state, clearance, select: { runs: ['run-1', 'run-2'] } });
    expect(seen).toEqual([true, true, true, true]);
    expect(contentOf(tree.v2)).toEqual(before);
  });

  it('so do those whose journal is no use', async () => {
    await sweep(itemsOf(tree, [['blob', blobPath(manifest)]]));
    await sweep(itemsOf(tree, [['revision', revisionPath('app', manifest)]]), 'run-2');
    fs.writeFileSync(state.journalPath('run-1'), 'rubbish\n');
    const audit = new AuditLog(state.auditPath);
    const { clearance } = clearanceFor(tree);
    const select = { runs: ['run-2'], salvage: ['run-1'] };
    await restoreItems({ tree, state, clearance, audit, select });
    audit.close();
    const lines = fs.readFileSync(state.auditPath, 'utf8').trim().split('\n');
    const kinds = lines.map((line) => JSON.parse(line).kind);
    expect(kinds).toEqual([undefined, 'blob', undefined, 'revision']);
    expect(contentOf(tree.v2)).toEqual(before);
  });
});

it('brings single links back without the rest of their repository', async () => {
  const folder = `repositories/app/_layers`;
  fs.chmodSync(`${tree.v2}/${folder}`, 0o2750);
  await sweep();
  const link = layerPath('app', SHARED);
  const select = { paths: [link], apart: true };
  const back = await restoreItems({ tree, state, clearance: clearanceFor(tree).clearance, select });
  expect(back).toMatchObject({ state: 'done', missing: [], emptied: [] });
  const links = Object.keys(contentOf(tree.v2)).filter((path) => path.startsWith('./repositories'));
  expect(links).toEqual([`./${linkOf(link)}`]);
  expect(fs.statSync(`${tree.v2}/${folder}`).mode & 0o7777).toBe(0o2750);
  expect(listRuns(state)).toMatchObject([{ items: 1 }]);
  expect(await restoreAll()).toMatchObject({ state: 'done' });
  expect(contentOf(tree.v2)).toEqual(before);
});

it('counts what is left of a repository that went in parts as one', async () => {
  await sweep(
    removalOf(tree, 'app', 'v1', 'layer two').filter(
      ({ action }) => action.kind === 'layer-link' || action.kind === 'repository',
    ),
  );
  const link = linkOf(layerPath('app', SHARED));
  write(tree, link, OWN);
  expect(await restoreAll()).toMatchObject({ restored: { 'layer-link': 1, repository: 1 } });
  expect(listRuns(state)).toMatchObject([{ items: 1 }]);
  const input = { tree, state, clearance: clearanceFor(tree).clearance, runs: ['run-1'] };
  expect(await purgeItems({ ...input, batchSize: 1 })).toMatchObject({ purged: { repository: 1 } });
});
