/** What memfs can't show: bytes in names, FIFOs, permissions, hard links, mounts, threads. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { measuredInPool } from '../../src/app/plan/prepare/measure-in-pool.js';
import { openScan, readFacts } from '../../src/facts/read.js';
import { nodeOf } from '../../src/facts/types.js';
import { mark } from '../../src/graph/mark/mark.js';
import { planActions } from '../../src/plan/actions/plan-actions.js';
import { planId } from '../../src/plan/file/codec.js';
import { fingerprintOf } from '../../src/plan/file/facts-hash.js';
import { MeasuredBytes, measured } from '../../src/plan/measure.js';
import { planTotalsOf } from '../../src/plan/totals.js';
import type { PlannedItem } from '../../src/plan/types.js';
import type { Digest } from '../../src/storage/digest.js';
import { DiskReader } from '../../src/storage/disk-reader.js';
import * as layout from '../../src/storage/layout.js';
import { fsPath, nameFromBytes } from '../../src/storage/names.js';
import { openTree } from '../../src/storage/tree.js';
import { sha256 } from '../../src/util/sha256.js';
import { TreeBuilder } from '../harness/offline.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import {
  countsOf,
  gone,
  marking,
  pathsOf,
  planOf,
  reading,
  repositoryOf,
  smallImage,
} from './helpers.js';

async function made(): Promise<TreeBuilder> {
  const tree = new TreeBuilder(await tempFolder());
  smallImage(tree, 'app', 'image', ['v1']);
  return tree;
}

const factsAt = async (tree: TreeBuilder) => readFacts(await openTree(tree.root), reading());

it('names that are no UTF-8 are repositories and tags like others', async () => {
  const tree = await made();
  const name = nameFromBytes(Uint8Array.of(0x61, 0xff, 0x62));
  const twin = nameFromBytes(Uint8Array.of(0x61, 0xfe, 0x62));
  smallImage(tree, name, 'raw', [name]);
  tree.layer(`${twin}/nested`, 'garbage');
  smallImage(tree, '\ufffd', 'no raw bytes, but looks like it', ['v1']);
  const result = planOf(await factsAt(tree));
  expect(result.facts.repositories.map((one) => one.name)).toEqual([
    'app',
    `${twin}/nested`,
    name,
    '\ufffd',
  ]);
  expect(repositoryOf(result.facts, name).tags.names).toEqual([name]);
  expect(pathsOf(result, 'repository')).toEqual([`repositories/${twin}`]);
  for (const path of [...pathsOf(result, 'repository'), ...pathsOf(result, 'blob')]) {
    expect(fs.existsSync(fsPath(`${tree.v2}/${path}`))).toBe(true);
  }
});

it.each(['current/link', 'revision', 'layer', 'data'])(
  'a FIFO as %s is damage, and nothing waits for it',
  async (place) => {
    const tree = await made();
    const { manifest, layer } = smallImage(tree, 'app', 'second', ['v2']);
    const path = {
      'current/link': layout.linkOf(layout.tagCurrentPath('app', 'v2')),
      revision: layout.linkOf(layout.revisionPath('app', manifest)),
      layer: layout.linkOf(layout.layerPath('app', layer)),
      data: layout.blobDataPath(manifest),
    }[place]!;
    fs.unlinkSync(`${tree.v2}/${path}`);
    execFileSync('mkfifo', [`${tree.v2}/${path}`]);
    tree.layer('app', 'loose');
    const { facts, lines } = planOf(await factsAt(tree));
    expect(lines).toEqual([]);
    expect(repositoryOf(facts, 'app').keepAllReason).toBeDefined();
  },
);

it('totals are the allocation that ends, to the byte, with hard links inside and outside', async () => {
  const tree = await made();
  const sizes = [1, 4096, 5000, 1_000_000];
  const [one, two, three, four] = sizes.map((n, i) => tree.layer('dead', Buffer.alloc(n, i + 65)));
  const data = (digest: Digest): string => `${tree.v2}/${layout.blobDataPath(digest)}`;
  fs.rmSync(data(two!));
  fs.linkSync(data(one!), data(two!));
  fs.linkSync(data(three!), join(tree.root, 'outside'));
  tree.upload('dead', 'id', Buffer.alloc(70_000));
  fs.linkSync(data(four!), `${tree.v2}/repositories/dead/_uploads/id/copy`);
  const root = await openTree(tree.root);
  const facts = await readFacts(root, reading());
  const actions = planActions(facts, mark(facts, marking()));
  const totals = planTotalsOf(measured(actions, new DiskReader(root.v2), actions.dead));
  const used = (): number =>
    Number(
      execFileSync('find', [tree.root, '-type', 'f', '-printf', '%i %b\n'])
        .toString()
        .trim()
        .split('\n')
        .filter((line, i, all) => all.indexOf(line) === i)
        .reduce((sum, line) => sum + Number(line.split(' ')[1]) * 512, 0),
    );
  const before = used();
  for (const { kind, path } of actions) {
    if (kind !== 'empty-directory') fs.rmSync(`${tree.v2}/${path}`, { recursive: true });
  }
  expect({ blobs: totals.blobs, diskBytes: totals.diskBytes }).toEqual({
    blobs: 4,
    diskBytes: before - used(),
  });
});

it('what a plan lists is measured in the pool as it is one by one, and listed again from memory', async () => {
  const tree = await made();
  const extra = tree.layer('app', 'a blob with more than its data');
  fs.writeFileSync(`${tree.v2}/${layout.blobPath(extra)}/data.tmp`, 'left by a crash');
  fs.mkdirSync(`${tree.v2}/blobs/sha256/00/${'0'.repeat(64)}`, { recursive: true });
  tree.layer('dead/nested', 'in a dead repository');
  tree.upload('dead/nested', 'id', Buffer.alloc(7));
  const odd = tree.layer('app', 'linked by too much');
  fs.appendFileSync(`${tree.v2}/${layout.linkOf(layout.layerPath('app', odd))}`, '\n');
  const root = await openTree(tree.root);
  const facts = await readFacts(root, reading());
  const actions = planActions(facts, mark(facts, marking()));
  const expected = [...measured(actions, new DiskReader(root.v2), actions.dead)];
  const pool = openScan(root, reading());
  const items: PlannedItem[] = [];
  for await (const batch of measuredInPool(pool, actions)) items.push(...batch);
  await pool.close();
  expect(items).toEqual(expected);
  expect(new Set(items.map(({ action }) => action.kind))).toEqual(
    new Set(['layer-link', 'blob', 'empty-directory', 'repository']),
  );
  const bytes = new MeasuredBytes((digest) => facts.blobs.size(nodeOf(facts, digest)!));
  for (const item of items) bytes.add(item);
  expect([...actions].map((action) => bytes.of(action))).toEqual(items.map((one) => one.action));
});

describe('as nobody', needs('root'), () => {
  const asNobody = async <T>(work: () => Promise<T>): Promise<T> => {
    process.seteuid!(65_534);
    try {
      return await work();
    } finally {
      process.seteuid!(0);
    }
  };

  it.each([
    'blobs/sha256',
    'repositories',
    'repositories/app',
    'repositories/app/_manifests',
    'repositories/app/_manifests/tags',
    'repositories/app/_manifests/revisions/sha256',
    'repositories/app/_layers',
    'repositories/app/_uploads',
  ])('a closed %s is a finding, no crash, and no dead repository', async (path) => {
    const tree = await made();
    fs.chmodSync(tree.root, 0o755);
    tree.folder(path);
    fs.chmodSync(`${tree.v2}/${path}`, 0o000);
    const root = await openTree(tree.root);
    const facts = await asNobody(() =>
      readFacts(root, { ...reading(), reader: new DiskReader(root.v2) }),
    );
    expect(facts.findings.unsafe().map((one) => [one.path, one.detail])).toContainEqual([
      path,
      'EACCES',
    ]);
    expect(pathsOf(planOf(facts), 'repository')).toEqual([]);
  });

  it('so is a closed folder where another system’s marker may lie', async () => {
    const tree = await made();
    fs.chmodSync(tree.root, 0o755);
    const locks = join(tree.root, 'docker/registry/lockfiles');
    fs.mkdirSync(locks, { mode: 0o700 });
    const root = await openTree(tree.root);
    const { noteForeignMetadata } = await import('../../src/facts/scan/foreign-metadata.js');
    const { FindingLog } = await import('../../src/facts/findings.js');
    const log = new FindingLog(5);
    await asNobody(async () => noteForeignMetadata(root, log));
    expect(log.unsafe()).toEqual([
      { code: 'unreadable-folder', path: join(locks, 'database-in-use'), detail: 'EACCES' },
    ]);
  });

  it('a closed blob folder or link keeps what it might hide', async () => {
    const tree = await made();
    fs.chmodSync(tree.root, 0o755);
    const loose = tree.layer('app', 'loose');
    fs.chmodSync(`${tree.v2}/${layout.tagCurrentPath('app', 'v1')}`, 0o000);
    const root = await openTree(tree.root);
    const reads = { ...reading(), reader: new DiskReader(root.v2) };
    const result = planOf(await asNobody(() => readFacts(root, reads)));
    expect(gone(result)).not.toContain(loose);
    expect(repositoryOf(result.facts, 'app').keepAllReason).toContain('EACCES');
  });
});

it('the path of a name that is too deep is said, not lost', async () => {
  const tree = await made();
  // Before the folder itself is removed, by a tool that goes down folder by folder.
  onTestFinished(() => void execFileSync('rm', ['-rf', `${tree.v2}/repositories`]));
  const part = 'x'.repeat(200);
  const cwd = process.cwd();
  try {
    process.chdir(`${tree.v2}/repositories`);
    for (let i = 0; i < 40; i++) {
      fs.mkdirSync(part);
      process.chdir(part);
    }
  } finally {
    process.chdir(cwd);
  }
  const facts = await factsAt(tree);
  expect(countsOf(facts)['unreadable-folder']).toBe(1);
  expect(facts.findings.unsafe()[0]!.detail).toBe('ENAMETOOLONG');
});

it('threads and this thread see the same, and so do two scans', async () => {
  const tree = await made();
  for (let i = 0; i < 300; i++) tree.layer(`r${i % 7}`, `garbage ${i}`);
  for (let i = 0; i < 300; i++) {
    const lost = `sha256:${(i * 7919).toString(16).padStart(64, '0')}` as Digest;
    tree.layerLink(`r${i % 5}`, lost);
  }
  for (let i = 0; i < 20; i++) smallImage(tree, `r${i % 3}`, `image ${i}`, i % 2 ? ['v1'] : []);
  const root = await openTree(tree.root);
  const built = (await import('../../dist/facts/read.js' as string)) as {
    readFacts: typeof readFacts;
  };
  const reads = [readFacts, built.readFacts, built.readFacts, built.readFacts];
  const seen = [];
  for (const [i, read] of reads.entries()) {
    const concurrency = i === 0 ? undefined : [1, 4][i - 1];
    const facts = await read(root, { ...reading(), concurrency });
    const { actions } = planOf(facts, { deleteUntagged: true });
    const storage = { filesystemId: '', inode: '', fingerprint: fingerprintOf(facts) };
    seen.push([planId(storage, {}, actions, sha256), actions.length, countsOf(facts)]);
  }
  expect(seen[0]![1]).toBeGreaterThan(500);
  for (const one of seen) expect(one).toEqual(seen[0]);
});
