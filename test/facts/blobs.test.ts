/** What stands where a blob belongs. */
import { expect, it } from 'vitest';
import { scanBlobs } from '../../src/facts/scan/blobs.js';
import { BLOB_FLAG } from '../../src/facts/tables/blob-table.js';
import { nodeOf } from '../../src/facts/types.js';
import type { Digest } from '../../src/storage/digest.js';
import { DiskReader, type SyncFs } from '../../src/storage/disk-reader.js';
import * as layout from '../../src/storage/layout.js';
import { digestOf } from '../harness/offline.js';
import { countsOf, findingsOf, gone, outcome, pathsOf, Store, smallImage } from './helpers.js';

const digest = (byte: string): Digest => `sha256:${byte.repeat(32)}` as Digest;

it('all blobs that nothing refers to go, whatever their algorithm', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const long = [`sha384:${'1a'.repeat(48)}`, `sha512:${'1a'.repeat(64)}`] as Digest[];
  for (const one of long) store.blob('x', one);
  const short = store.blob('y');
  const result = await outcome(store);
  expect(gone(result)).toEqual([short, ...long].sort());
  expect(countsOf(result.facts)).toEqual({});
});

it('a folder without data is debris when it is empty, and left alone when it isn’t', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const [empty, other] = [layout.blobPath(digest('1a')), layout.blobPath(digest('1b'))];
  store.folder(`${empty}/deep/deeper`).file(`${other}/data.123.tmp`, 'x');
  const { facts, lines } = await outcome(store);
  expect(lines).toEqual(
    [`${empty}/deep/deeper`, `${empty}/deep`, empty, 'blobs/sha256/1a'].map(
      (path) => `empty-directory ${path}`,
    ),
  );
  expect(findingsOf(facts).filter((line) => !line.startsWith('empty-folder'))).toEqual([
    `blob-without-data ${other}`,
  ]);
});

it('data that is a folder or a symbolic link stays, and what it says is read', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  store.folder(`${layout.blobPath(digest('1a'))}/data`);
  const target = store.blob('kept by a manifest behind a link');
  const text = JSON.stringify({ layers: [{ digest: target }] });
  store.mem.writeFileSync('/elsewhere', text);
  const linked = digestOf(text);
  store.symlink(layout.blobDataPath(linked), '/elsewhere').revision('app', linked);
  store.symlink(layout.blobDataPath(digest('1c')), '/nowhere');
  const { facts, lines } = await outcome(store, { deleteUntagged: true });
  expect(lines).toEqual([]);
  expect(countsOf(facts)).toEqual({ 'not-a-file': 2, symlinked: 1 });
  const flags = [digest('1a'), linked].map((one) => {
    const node = nodeOf(facts, one)!;
    return [BLOB_FLAG.immovable, BLOB_FLAG.unreadable].map((f) => facts.blobs.hasFlag(node, f));
  });
  expect(flags).toEqual([
    [true, true],
    [true, false],
  ]);
});

it('what is not of the layout is left alone and shown', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const misplaced = `blobs/sha256/00/${'ff'.repeat(32)}`;
  store.file(`${misplaced}/data`, 'x');
  store.file('blobs/sha256/00/README', 'x').file('blobs/sha256/zz/x', 'x').file('blobs/notes', 'x');
  store.file('blobs/sha1/00/x/data', 'x').file('blobs/sha256/data', 'x');
  const { facts, lines } = await outcome(store);
  expect(lines).toEqual([]);
  expect(findingsOf(facts)).toEqual([
    'stray-entry blobs/notes',
    'stray-entry blobs/sha256/00/README',
    `stray-entry ${misplaced}`,
    'stray-entry blobs/sha256/data',
    'stray-entry blobs/sha256/zz',
    'unknown-algorithm blobs/sha1',
  ]);
});

it.each(['blobs', 'blobs/sha256', 'prefix', 'blob'])(
  'behind a symbolic link at %s nothing goes, on the same filesystem too',
  async (level) => {
    const store = new Store();
    smallImage(store, 'app', 'image', ['v1']);
    const path = layout.blobPath(store.layer('app', 'garbage'));
    const place = { prefix: path.slice(0, -65), blob: path }[level] ?? level;
    store.mem.renameSync(`${store.v2}/${place}`, '/elsewhere');
    store.symlink(place, '/elsewhere');
    expect((await outcome(store)).lines).toEqual([]);
  },
);

it('a folder of blobs that this run empties goes too, unless something else is in it', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const [a, b] = [digest('1a'), digest('1b')];
  store.blob('a', a);
  store.blob('b', b);
  store.file(`${layout.blobPrefixPath('sha256', '1b')}/README`, 'x');
  const result = await outcome(store);
  expect(gone(result)).toEqual([a, b]);
  expect(pathsOf(result, 'empty-directory')).toEqual(['blobs/sha256/1a']);
});

it('a mount on a blob’s folder, or on its data, keeps it where it is', () => {
  const store = new Store();
  const digest = store.blob('content');
  const [folder, data] = [layout.blobPath(digest), layout.blobDataPath(digest)];
  const prefix = digest.slice('sha256:'.length, 'sha256:'.length + 2);
  const reader = new DiskReader(store.v2, store.mem as unknown as SyncFs);
  const flags = (...mounts: string[]): number => {
    const context = { reader, device: 0, ageByMtime: false, mounts };
    return scanBlobs(context, 'sha256', [{ prefix, behind: false }]).shards[0]!.flags[0]!;
  };
  expect(flags()).toBe(0);
  expect(flags(`${folder}0`, 'repositories/app')).toBe(0);
  for (const mount of [`blobs/sha256/${prefix}`, folder, data]) {
    expect(flags(mount)).toBe(BLOB_FLAG.immovable);
  }
});
