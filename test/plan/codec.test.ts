/** A plan as text comes back as it was, or not at all. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planId, planLines, readPlan } from '../../src/plan/file/codec.js';
import { fingerprintOf } from '../../src/plan/file/facts-hash.js';
import { planTotalsOf } from '../../src/plan/totals.js';
import type { Action, PlanHeader, PlannedItem } from '../../src/plan/types.js';
import type { Digest } from '../../src/storage/digest.js';
import { nameFromBytes } from '../../src/storage/names.js';
import { RegsweepError } from '../../src/util/errors.js';
import type { NewHash } from '../../src/util/hash.js';
import { outcome, Store, smallImage } from '../facts/helpers.js';

const sha256: NewHash = () => {
  const hash = createHash('sha256');
  return { update: (text) => void hash.update(text), digest: () => hash.digest() };
};
const RUN = { createdAt: '2026-01-01T00:00:00Z', version: '0' };
const storage = { filesystemId: 'memfs', inode: '1', fingerprint: 'f' };
const HEADER: PlanHeader = { schemaVersion: 1, id: 'x', root: '/r', storage, options: { a: 1 } };

const raw = (byte: number): string => nameFromBytes(Uint8Array.of(0x61, byte));
const action = (path: string): Action => ({
  kind: 'upload',
  path: `repositories/${path}`,
  repository: 'r',
  bytes: 3,
  reason: '',
});
const ACTIONS: readonly Action[] = [
  action('a'),
  action('new\nline "quoted" \u2028'),
  action(raw(0xff)),
  {
    kind: 'blob',
    path: 'blobs/b',
    digest: `sha256:${'ab'.repeat(32)}` as Digest,
    bytes: 7,
    reason: 'x',
  },
];
const ITEMS: readonly PlannedItem[] = ACTIONS.map((one) => ({ action: one, seen: [] }));
const LINES = [...planLines(HEADER, RUN, planTotalsOf(ITEMS), ACTIONS, sha256)];

it('comes back with its header, totals and actions, and lists nothing else', async () => {
  const file = await readPlan(LINES, 'plan', sha256);
  expect(file.header).toEqual({ ...HEADER, run: RUN });
  expect(file.totals).toEqual(planTotalsOf(ITEMS));
  expect(ACTIONS.map((one) => file.has(one))).toEqual([true, true, true, true]);
  const others: Action[] = [
    action('b'),
    action(raw(0xfe)),
    action('a\ufffd'),
    { ...ACTIONS[0]!, kind: 'repository' },
    { ...ACTIONS[3]!, digest: `sha256:${'ac'.repeat(32)}` as Digest },
  ];
  expect(others.map((one) => file.has(one))).toEqual([false, false, false, false, false]);
});

describe('is refused when it', () => {
  const change = (i: number, from: string | RegExp, to: string): string[] =>
    LINES.map((line, at) => (at === i ? line.replace(from, to) : line));
  const last = LINES.length - 1;
  const CASES: [name: string, lines: string[]][] = [
    ['is empty', []],
    ['is one empty line', ['']],
    ['is only a header', LINES.slice(0, 1)],
    ...LINES.map((_, i): [string, string[]] => [
      `lacks line ${i}`,
      LINES.filter((_line, at) => at !== i),
    ]),
    ['says a line twice', [...LINES.slice(0, 2), ...LINES.slice(1)]],
    ['has two lines swapped', [LINES[0]!, LINES[2]!, LINES[1]!, ...LINES.slice(3)]],
    ['has another path', change(1, 'repositories/a"', 'repositories/c"')],
    ['has a space more', change(1, '"repositories/a"', ' "repositories/a"')],
    ['has another option', change(0, '"a":1', '"a":2')],
    ['has another version', change(0, '"schemaVersion":1', '"schemaVersion":2')],
    ['has other totals', change(last, /"bytes":\d+/, '"bytes":9')],
    ['has another hash', change(last, /"sha256":"./, '"sha256":"g')],
    ['goes on after its end', [...LINES, LINES[1]!]],
    ['was cut within a line', [...LINES.slice(0, -1), LINES[last]!.slice(0, -2)]],
    ['is no JSON', ['hello', ...LINES.slice(1)]],
    ['is other JSON', ['null', '[]', '1']],
  ];

  it.each(CASES)('%s', async (_, lines) => {
    const refusal = await readPlan(lines, 'the-plan', sha256).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RegsweepError);
    const { code, path, remedy } = refusal as RegsweepError;
    expect([code, path, remedy !== undefined]).toEqual(['plan-refused', 'the-plan', true]);
  });
});

describe('the id and the fingerprint', () => {
  const build = (): Store => {
    const store = new Store();
    smallImage(store, 'app', 'image', ['v1', 'v2']);
    store.layer('app', 'garbage');
    store.layerLink('app', `sha256:${'ab'.repeat(32)}` as Digest);
    return store;
  };
  const idOf = async (store: Store, options = {}) => {
    const { actions, facts } = await outcome(store);
    const fingerprint = fingerprintOf(facts);
    return { fingerprint, id: planId({ ...storage, fingerprint }, options, actions, sha256) };
  };

  it('are equal for two scans', async () => {
    const store = build();
    const first = await idOf(store);
    expect(await idOf(store)).toEqual(first);
    expect(first.id).toMatch(/^[0-9a-f]{32}$/);
    expect((await idOf(store, { other: true })).id).not.toBe(first.id);
  });

  it.each([
    ['a tag', (store: Store) => store.touch('repositories/app/_manifests/tags/v1/current/link', 9)],
    ['a blob', (store: Store) => store.blob('another')],
    ['a link', (store: Store) => store.layerLink('app', `sha256:${'ac'.repeat(32)}` as Digest)],
    ['a repository', (store: Store) => store.folder('repositories/b/_layers')],
    ['an upload', (store: Store) => store.upload('app', 'id', 'x')],
  ])('differ after a change of %s', async (_, change) => {
    const store = build();
    const { fingerprint } = await idOf(store);
    change(store);
    expect((await idOf(store)).fingerprint).not.toBe(fingerprint);
  });
});

describe('an action that regsweep would not plan refuses the file, whoever signed it', () => {
  const [upload, , , blob] = ACTIONS;
  it.each<[string, object]>([
    ['leads out of the tree', { ...upload!, path: 'repositories/../../etc' }],
    ['has an absolute path', { ...upload!, path: '/etc/passwd' }],
    ['is all of the repositories', { ...upload!, path: 'repositories' }],
    ['is a blob among repositories', { ...blob!, path: 'repositories/a' }],
    ['is of no kind', { ...upload!, kind: 'rm' }],
    ['names no digest', { ...blob!, digest: 'sha256:zz' }],
    ['has a NUL', { ...upload!, path: 'repositories/a\0b' }],
    ['counts no bytes', { ...blob!, bytes: -1 }],
  ])('%s', async (_, action) => {
    const lines = [...planLines(HEADER, RUN, planTotalsOf([]), [action as Action], sha256)];
    await expect(readPlan(lines, 'plan', sha256)).rejects.toMatchObject({ code: 'plan-refused' });
  });
});
