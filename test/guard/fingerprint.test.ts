/** The fingerprint sees every change that a writer could make, and adds up whatever the order. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addLanes, hashSeeds, setHashSeeds } from '../../src/guard/fingerprint/entry-hash.js';
import { sameFingerprint } from '../../src/guard/fingerprint/fingerprint.js';
import { walk } from '../../src/guard/fingerprint/walk.js';
import {
  assertUnchangedSince,
  entryHash,
  type Fingerprint,
  fingerprint,
  waitOut,
} from '../../src/guard/index.js';
import type { StorageTree } from '../../src/storage/port.js';
import { FakeProc } from './fake-proc.js';
import { clear, LINK_FILE, makeTree, removeTree, settings, UPLOAD_FILE } from './support.js';

const BLOB = `blobs/sha256/ab/${'ab'.repeat(32)}`;
const nothing = async (): Promise<void> => undefined;

describe('the fingerprint', () => {
  let tree: StorageTree;
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(() => removeTree(tree));

  /** A host on which nothing else runs. */
  const alone = (quietWindowMs = 50) => {
    const { folder } = new FakeProc(`${tree.rootDirectory}/proc`);
    return settings({ quietWindowMs, procRoot: folder, hostRoot: `${tree.rootDirectory}/host` });
  };

  const at = (name: string): string => `${tree.v2}/${name}`;

  /** What two fingerprints say of a change: in the tree, in the uploads too. */
  const change = async (act: () => void): Promise<[boolean, boolean]> => {
    const before = await fingerprint(tree, 2);
    // No folder counts as changed: what the second one lists again is as little as can be.
    const known = { ...before.known, beforeMs: Number.POSITIVE_INFINITY };
    const still = await fingerprint(tree, 2, { known });
    expect(still.sums).toEqual(before.sums);
    act();
    const after = await fingerprint(tree, 2);
    const quick = await fingerprint(tree, 2, { known });
    const seen = [true, false].map((ignore) => !sameFingerprint(before, after, ignore));
    expect([true, false].map((ignore) => !sameFingerprint(before, quick, ignore))).toEqual(seen);
    return seen as [boolean, boolean];
  };

  it('stays the same when nothing happens, and when things are read', async () => {
    expect(await change(() => fs.readFileSync(at(LINK_FILE)))).toEqual([false, false]);
  });

  it.each<[string, (at: (name: string) => string) => void]>([
    ['a rewrite in place', (at) => fs.writeFileSync(at(LINK_FILE), 'sha256:other')],
    ['a touch', (at) => fs.utimesSync(at(LINK_FILE), 1, 1)],
    ['a chmod', (at) => fs.chmodSync(at(`${BLOB}/data`), 0o600)],
    ['a new folder', (at) => fs.mkdirSync(at('repositories/new'))],
    ['a new file', (at) => fs.writeFileSync(at(`${BLOB}/data.tmp`), '')],
    ['a removal', (at) => fs.unlinkSync(at(`${BLOB}/data`))],
    ['a file beside a link', (at) => fs.writeFileSync(at(`${path.dirname(LINK_FILE)}/x`), '')],
    ['a folder in a blob’s', (at) => fs.mkdirSync(at(`${BLOB}/folder`))],
    ['a second name of a blob', (at) => fs.linkSync(at(`${BLOB}/data`), at('blobs/second'))],
    ['a renamed blob', (at) => fs.renameSync(at(BLOB), at(`${path.dirname(BLOB)}/abc`))],
    [
      'a file that was there and gone again',
      (at) => {
        fs.writeFileSync(at(`${BLOB}/data.tmp`), '');
        fs.unlinkSync(at(`${BLOB}/data.tmp`));
      },
    ],
    [
      'another content of the same size and mtime',
      (at) => {
        const { atime, mtime, size } = fs.statSync(at(`${BLOB}/data`));
        fs.writeFileSync(at(`${BLOB}/data`), Buffer.alloc(size, 'x'));
        fs.utimesSync(at(`${BLOB}/data`), atime, mtime);
      },
    ],
    [
      'a replacement by rename',
      (at) => {
        fs.copyFileSync(at(`${BLOB}/data`), at('blobs/copy'));
        fs.renameSync(at('blobs/copy'), at(`${BLOB}/data`));
      },
    ],
    [
      'a link in the place of a file',
      (at) => {
        fs.renameSync(at(`${BLOB}/data`), at('blobs/elsewhere'));
        fs.symlinkSync(at('blobs/elsewhere'), at(`${BLOB}/data`));
      },
    ],
    ['a rename', (at) => fs.renameSync(at(`${BLOB}/data`), at(`${BLOB}/data2`))],
    [
      'a new repository beside uploads',
      (at) => fs.mkdirSync(at('repositories/b/_uploads'), { recursive: true }),
    ],
  ])('sees %s', async (_, act) => {
    expect(await change(() => act(at))).toEqual([true, true]);
  });

  it.each<[string, (at: (name: string) => string) => void]>([
    ['a chunk', (at) => fs.appendFileSync(at(UPLOAD_FILE), 'more')],
    ['an upload', (at) => fs.mkdirSync(at('repositories/app/_uploads/two'))],
    ['a purge', (at) => fs.unlinkSync(at(UPLOAD_FILE))],
  ])('keeps %s in _uploads apart', async (_, act) => {
    expect(await change(() => act(at))).toEqual([false, true]);
  });

  it('follows a link to a repository on another disk, once, and into no loop', async () => {
    const outside = `${tree.rootDirectory}/moved`;
    fs.mkdirSync(`${outside}/_layers`, { recursive: true });
    fs.symlinkSync(outside, at('repositories/moved'));
    fs.symlinkSync(outside, at('repositories/moved-again'));
    fs.symlinkSync('..', at('repositories/loop'));
    fs.symlinkSync(tree.rootDirectory, at('repositories/above'));
    fs.symlinkSync('nowhere', at('repositories/dangling'));
    fs.symlinkSync('self', at('repositories/self'));
    expect((await fingerprint(tree, 2)).outside).toEqual([outside]);
    expect(await change(() => fs.writeFileSync(`${outside}/_layers/link`, ''))).toEqual([
      true,
      true,
    ]);
  });

  it('sees a write through a link to a file, and a move of the link as that alone', async () => {
    const outside = `${tree.rootDirectory}/outside`;
    fs.writeFileSync(outside, 'sha256:old');
    fs.unlinkSync(at(LINK_FILE));
    fs.symlinkSync(outside, at(LINK_FILE));
    fs.symlinkSync(outside, at('repositories/app/_uploads/one/link'));
    expect(await change(() => fs.writeFileSync(outside, 'sha256:new'))).toEqual([true, true]);
    expect(await change(() => fs.renameSync(outside, `${outside}-2`))).toEqual([true, true]);
    fs.renameSync(`${outside}-2`, outside);
    const watching = alone();
    const { clearance } = await clear(tree, watching, nothing);
    const link = fs.lstatSync(at(LINK_FILE));
    fs.renameSync(at(LINK_FILE), `${tree.rootDirectory}/moved`);
    await assertUnchangedSince(clearance, [link]);
    const work = async (): Promise<void> => fs.writeFileSync(outside, 'sha256:other');
    fs.renameSync(`${tree.rootDirectory}/moved`, at(LINK_FILE));
    await expect(clear(tree, watching, work)).rejects.toThrow(LINK_FILE);
  });

  it('takes names that are no UTF-8', async () => {
    const name = Buffer.concat([Buffer.from(at('repositories/')), Buffer.from([0xff, 0x41])]);
    fs.mkdirSync(name);
    const inner = Buffer.concat([name, Buffer.from('/file')]);
    fs.writeFileSync(inner, '');
    expect(await change(() => fs.writeFileSync(inner, 'x'))).toEqual([true, true]);
  });

  it('gives the same in one thread, in several and in any order', async () => {
    for (let i = 0; i < 9_000; i++) fs.writeFileSync(at(`${BLOB}/${i}`), '');
    fs.mkdirSync(at(`${BLOB}/deep/er`), { recursive: true });
    const whole = walk([{ path: tree.v2, uploads: false }], Number.POSITIVE_INFINITY, 0);
    addLanes(whole.sums, [...entryHash(fs.lstatSync(tree.v2)), ...new Array(12).fill(0)]);
    for (const threads of [1, 3]) {
      const found = await fingerprint(tree, threads, { inline: 100 });
      expect(found.sums).toEqual([...whole.sums]);
      expect(found.entries).toBe(whole.entries + 1);
    }
  });

  it('lets work run in the quiet window, and names what a writer changed', async () => {
    const work = async (): Promise<void> => fs.writeFileSync(at(LINK_FILE), 'sha256:new');
    await expect(clear(tree, alone(), work)).rejects.toMatchObject({
      code: 'guard-refused',
      message: expect.stringContaining(at(LINK_FILE)),
    });
  });

  it('lists again what held more than one file, or has changed since', async () => {
    const odd = at(`${BLOB}/data.tmp`);
    fs.writeFileSync(odd, 'a write in flight');
    expect(await change(() => fs.appendFileSync(odd, '…'))).toEqual([true, true]);
    fs.unlinkSync(odd);
    const { known } = await fingerprint(tree, 2);
    expect([...known.odd]).toEqual([]);
    fs.writeFileSync(odd, 'a write in flight');
    const before = await fingerprint(tree, 2, { known });
    fs.appendFileSync(odd, '…');
    expect(sameFingerprint(before, await fingerprint(tree, 2, { known }), true)).toBe(false);
  });

  it('sees writes to whatever lies in a blob’s folder beside its data', async () => {
    const stray = at(`${BLOB}/stray`);
    fs.writeFileSync(stray, 'left by somebody');
    const { known } = await fingerprint(tree, 2);
    expect([...known.odd]).toEqual([at(BLOB)]);
    const later = { ...known, beforeMs: Number.POSITIVE_INFINITY };
    for (const given of [undefined, later]) {
      const before = await fingerprint(tree, 2, { known: given });
      fs.appendFileSync(stray, 'more');
      const after = await fingerprint(tree, 2, { known: given });
      expect(sameFingerprint(before, after, true)).toBe(false);
    }
  });

  it('hashes with other seeds in each process', () => {
    const entry = { dev: 1, ino: 2, size: 3, mtimeMs: 4, ctimeMs: 5 };
    const own = hashSeeds();
    const hash = entryHash(entry);
    setHashSeeds(Uint32Array.from(own, (seed) => seed ^ 1));
    expect(entryHash(entry)).not.toEqual(hash);
    setHashSeeds(own);
    expect(entryHash(entry)).toEqual(hash);
    const code = `import('${new URL('../../dist/guard/fingerprint/entry-hash.js', import.meta.url)}')`;
    const print = `${code}.then(({ hashSeeds }) => console.log(String(hashSeeds())))`;
    const seedsOf = (): string =>
      execFileSync(process.execPath, ['-e', print], { encoding: 'utf8' });
    expect(seedsOf()).not.toBe(seedsOf());
  });

  it('waits out the quiet window, and stops at the signal', async () => {
    const waiting = alone(400);
    const began = Date.now();
    await clear(tree, waiting, nothing);
    expect(Date.now() - began).toBeGreaterThanOrEqual(400);
    const signal = AbortSignal.timeout(100);
    const run = clear(tree, { ...waiting, quietWindowMs: 60_000 }, nothing, signal);
    await expect(run).rejects.toMatchObject({ code: 'interrupted' });
  });

  describe('with a look from before the stop', () => {
    const WINDOW = 600;
    let watching: ReturnType<typeof alone>;
    beforeEach(() => {
      watching = alone(WINDOW);
    });
    const timed = async (work: (isSame: boolean) => Promise<void>, earlier: Fingerprint) => {
      const heard: boolean[] = [];
      const began = performance.now();
      const { clearance } = await clear(
        tree,
        watching,
        async (isSame) => {
          heard.push(isSame);
          await work(isSame);
        },
        undefined,
        earlier,
      );
      return { heard, clearance, ms: performance.now() - began };
    };

    it('looks once more, no sooner than the quiet window after it', async () => {
      const earlier = await fingerprint(tree, 2);
      const [{ heard }, since] = [await timed(nothing, earlier), earlier.visited.endedAt];
      expect(heard).toEqual([true]);
      expect(performance.now() - since).toBeGreaterThanOrEqual(WINDOW);
    });

    it('waits no more where that long has passed', async () => {
      const earlier = await fingerprint(tree, 2);
      await waitOut(WINDOW, earlier, undefined);
      const { heard, ms } = await timed(nothing, earlier);
      expect([heard, ms < WINDOW]).toEqual([[true], true]);
    });

    it('watches for the whole window where anything changed meanwhile', async () => {
      const earlier = await fingerprint(tree, 2);
      await waitOut(WINDOW, earlier, undefined);
      fs.writeFileSync(at(LINK_FILE), 'sha256:written by the registry as it stopped');
      const { heard, ms } = await timed(nothing, earlier);
      expect([heard, ms >= WINDOW]).toEqual([[false], true]);
      const write = async (): Promise<void> => fs.writeFileSync(at(LINK_FILE), 'sha256:late');
      await expect(timed(write, earlier)).rejects.toThrow(LINK_FILE);
    });

    it('leaves what changes after it to the look after the run', async () => {
      const earlier = await fingerprint(tree, 2);
      const write = async (): Promise<void> => fs.writeFileSync(at(LINK_FILE), 'sha256:late');
      const { clearance } = await timed(write, earlier);
      await expect(assertUnchangedSince(clearance, [])).rejects.toThrow('files changed');
    });
  });

  it('tells after a run what was moved from what was changed', async () => {
    const { clearance } = await clear(tree, alone(), nothing);
    const data = fs.lstatSync(at(`${BLOB}/data`));
    const trash = path.join(tree.rootDirectory, '.regsweep');
    fs.mkdirSync(trash);
    fs.renameSync(at(BLOB), path.join(trash, 'blob'));
    await assertUnchangedSince(clearance, [data]);
    await expect(assertUnchangedSince(clearance, [])).rejects.toMatchObject({
      code: 'guard-refused',
    });
    fs.writeFileSync(at(LINK_FILE), 'x');
    await expect(assertUnchangedSince(clearance, [data])).rejects.toThrow('files changed');
  });
});
