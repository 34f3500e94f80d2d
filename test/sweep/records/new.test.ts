/** What this version writes: `items` records in the journal, batches in the audit log. */
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameFromBytes } from '../../../src/storage/names.js';
import type { StorageTree } from '../../../src/storage/port.js';
import {
  AuditLog,
  damageOf,
  openState,
  recover,
  restoreItems,
  type SweepState,
  trashItemsOf,
} from '../../../src/sweep/index.js';
import { groupItems, itemsIn } from '../../../src/sweep/journal/item-groups.js';
import { type ItemRecord, parseRecord } from '../../../src/sweep/journal/records.js';
import { clearanceFor, contentOf, digestOf, makeRoot, treeOf } from '../helpers.js';
import { fillTree, removal, sweepAll } from './scene.js';

let root: string;
let tree: StorageTree;
let state: SweepState;
beforeEach(() => {
  root = makeRoot();
  tree = treeOf(root);
  fillTree(tree);
  state = openState(tree);
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

type Line = Record<string, unknown> & { t?: string; of?: (string | unknown[])[] };

const journalText = (): string => fs.readFileSync(state.journalPath('run-1'), 'utf8');
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const rewrite = (change: (text: string) => string): void =>
  fs.writeFileSync(state.journalPath('run-1'), change(journalText()));

describe('the journal', () => {
  it('names each item of a batch once, and the items come back from it as they were', async () => {
    const planned = removal(tree);
    await sweepAll(tree, state);
    const lines = linesOf(journalText());
    expect(lines[0]).toMatchObject({ t: 'run', v: 3 });
    const kinds = lines.filter(({ t }) => t === 'items').map(({ kind, of }) => [kind, of!.length]);
    expect(kinds.slice(0, 5)).toEqual([
      ['tag', 2],
      ['tag-history', 2],
      ['revision', 2],
      ['layer-link', 4],
      ['blob', 2],
    ]);
    expect(lines.filter(({ t }) => t === 'item').map(({ kind }) => kind)).toContain('upload');
    const items = [...trashItemsOf(state, 'run-1')];
    expect(items.slice(0, 10)).toEqual(
      planned.slice(0, 10).map(({ action: { kind, path, digest, repository, tag } }) => {
        const names = { digest, repository, tag };
        const given = Object.entries(names).filter(([, name]) => name !== undefined);
        return { runId: 'run-1', kind, path, ...Object.fromEntries(given) };
      }),
    );
  });

  it('restores a repository whose name is no UTF-8', async () => {
    const before = contentOf(tree.v2);
    await sweepAll(tree, state);
    expect(journalText()).toContain('"team/b\\udcff"');
    const clearance = clearanceFor(tree).clearance;
    const done = await restoreItems({ tree, state, clearance, select: {} });
    expect(done).toMatchObject({ state: 'done', conflicts: { count: 0 } });
    expect(contentOf(tree.v2)).toEqual(before);
  });

  it('is recovered from a torn line of items: nothing of it was begun', async () => {
    const before = contentOf(tree.v2);
    await sweepAll(tree, state);
    const clearance = clearanceFor(tree).clearance;
    await restoreItems({ tree, state, clearance, select: {} });
    await sweepAll(tree, state, { items: removal(tree).slice(0, 3) });
    const torn = '{"t":"items","n":3,"kind":"layer-link","alg":"sha256","dev":1,"of":["team/go';
    rewrite((text) => `${text.slice(0, text.indexOf('{"t":"end"'))}${torn}`);
    expect(recover(state).runs).toMatchObject([{ lost: [] }]);
    await restoreItems({ tree, state, clearance, select: {} });
    expect(contentOf(tree.v2)).toEqual(before);
  });

  it('is refused if a newer version wrote it', async () => {
    await sweepAll(tree, state);
    rewrite((text) => text.replace('"v":3', '"v":4'));
    const message = expect.stringContaining('a newer version of regsweep wrote it');
    const remedy = 'use that version for this run; nothing was changed';
    expect(damageOf(state, 'run-1')).toMatchObject({ code: 'failed', message, remedy });
  });

  it.each<[string, (text: string) => string]>([
    ['of an older form', (text) => text.replace('"v":3', '"v":1')],
    ['a repository that leads out', (text) => text.replace('"of":["team/gone"', '"of":["../.."')],
    ['a folder that leads out', (text) => text.replace('"in":"blobs', '"in":"blobs/../..')],
    ['a parent that leads out', (text) => text.replace('"repositories",["team"', '"..",["team"')],
    ['a parent’s time', (text) => text.replace(/(\["team","\d+)/, '$1x')],
    [
      'a short digest',
      (text) => text.replace(/("kind":"blob".*?\[\[").{43}/, `$1${'A'.repeat(42)}`),
    ],
    ['a digest with spare bits', (text) => text.replace(/("kind":"blob".*?\[\[".{42})./, '$1_')],
    ['an unknown algorithm', (text) => text.replace('"alg":"sha256"', '"alg":"md5"')],
    ['a first number that skips', (text) => text.replace('"n":3,', '"n":4,')],
    ['no items', (text) => text.replace(/("kind":"blob".*?"of":)\[\[.*?\]\]/, '$1[]')],
    ['an item too long', (text) => text.replace(/("kind":"blob".*?\d)\]/, '$1,1,"x",1]')],
    ['an unknown kind', (text) => text.replace('"kind":"blob"', '"kind":"blobs"')],
    ['a history without its tag', (text) => text.replace('"tag":"v2",', '')],
  ])('is refused if it is forged: %s', async (_, change) => {
    await sweepAll(tree, state);
    const text = journalText();
    rewrite(change);
    expect(journalText()).not.toBe(text);
    expect(damageOf(state, 'run-1')).toMatchObject({ code: 'failed' });
  });
});

describe('a group of items', () => {
  const digest = digestOf('x');
  const link = (n: number, repository: string): ItemRecord => ({
    t: 'item',
    n,
    kind: 'layer-link',
    path: `repositories/${repository}/_layers/sha256/${digest.slice(7)}`,
    digest,
    repository,
    dev: 1,
    ino: n,
    bytes: 71,
    disk: 4096,
  });

  const again = (items: readonly ItemRecord[]): ItemRecord[] =>
    groupItems(items).flatMap((record) => itemsIn(parseRecord(JSON.stringify(record))));

  it('keeps each item and the order, over several repositories and groups', () => {
    const odd = nameFromBytes(Buffer.from([0x61, 0xff]));
    const items = Array.from({ length: 700 }, (_, n) => link(n, n % 3 === 0 ? 'a' : odd));
    expect(again(items)).toEqual(items);
    expect(groupItems(items).length).toBeLessThan(7);
  });

  it('leaves an item whose path does not follow from its names as it is', () => {
    const items: ItemRecord[] = [
      link(0, 'a'),
      { ...link(1, 'a'), path: `repositories/b/_layers/sha256/${digest.slice(7)}` },
      { ...link(2, 'a'), digest: digestOf('y') },
      { ...link(3, 'a'), part: 'inner' },
      { ...link(4, 'a'), disk: 512 },
      { ...link(6, 'a'), kind: 'blob', path: `blobs/sha256/${digest.slice(7, 9)}/x` },
    ];
    expect(again(items)).toEqual(items);
    expect(groupItems(items).map(({ t }) => t)).toEqual([
      'items',
      'item',
      'item',
      'item',
      'items',
      'item',
    ]);
  });
});

describe('the audit log', () => {
  const lines = (): Line[] => linesOf(fs.readFileSync(state.auditPath, 'utf8'));

  it('has the run, the time and a common reason once for a batch, and a line for each item', async () => {
    await sweepAll(tree, state);
    const all = lines();
    expect(new AuditLog(state.auditPath, state.auditAnchorPath).verify()).toMatchObject({
      ok: true,
    });
    expect(all.every(({ prev }) => /^[\da-f]{64}$/.test(String(prev)))).toBe(true);
    const batch = all.findIndex(
      ({ event, reason }) => event === 'batch' && reason === 'its blob is removed',
    );
    const { prev: _, at, ...head } = all[batch]!;
    expect(at).toMatch(/^2\d{3}-.*Z$/);
    expect(head).toEqual({
      event: 'batch',
      run: 'run-1',
      action: 'moved',
      items: 2,
      reason: 'its blob is removed',
    });
    const digest = digestOf('layer two');
    for (const [at, repository] of ['team/gone', 'team/b\udcff'].entries()) {
      const { prev, ...item } = all[batch + 1 + at]!;
      expect(item).toEqual({ event: 'moved', kind: 'layer-link', repository, digest, bytes: 71 });
    }
  });

  it('keeps the reason of each tag, revision and upload, and the age of each blob', async () => {
    await sweepAll(tree, state);
    const of = (kind: string) => lines().filter((line) => line.kind === kind);
    const since = '2026-01-02T03:04:05Z';
    expect(of('tag')).toMatchObject([{ tag: 'v1', reason: 'named: team/gone' }]);
    expect(of('revision')).toMatchObject([{ reason: 'untagged', since }]);
    expect(of('upload')).toMatchObject([{ path: expect.any(String), reason: 'inactive', since }]);
    expect(of('blob').map((line) => line.since)).toEqual([since, since]);
    expect(of('blob').map((line) => line.reason)).toEqual([undefined, undefined]);
  });
});
