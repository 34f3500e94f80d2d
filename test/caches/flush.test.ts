/** Exactly the keys of what went are deleted, over a store in memory. */
import { describe, expect, it } from 'vitest';
import { flushRemoved, type KeyStore } from '../../src/caches/flush.js';
import type { RemovedItem } from '../../src/caches/keys.js';

const digest = (char: string, algorithm = 'sha256'): string =>
  `${algorithm}:${char.repeat(algorithm === 'sha512' ? 128 : 64)}`;

const [A, B, C, X] = [digest('a'), digest('b'), digest('c'), digest('d', 'sha512')];

/** As a registry fills it: hashes and sets by key. */
class Memory implements KeyStore {
  readonly hashes = new Map<string, Record<string, string>>();
  readonly sets = new Map<string, Set<string>>();
  calls = 0;

  knows(repository: string, name: string, target = name): this {
    const set = this.sets.get(`repository::${repository}::blobs`) ?? new Set();
    this.sets.set(`repository::${repository}::blobs`, set.add(name));
    this.hashes.set(`repository::${repository}::blobs::${name}`, { mediatype: 'x' });
    this.hashes.set(`blobs::${name}`, { digest: target });
    return this;
  }

  async delete(keys: readonly string[]): Promise<number> {
    this.calls += 1;
    return keys.filter((key) => this.hashes.delete(key) || this.sets.delete(key)).length;
  }

  async removeMembers(name: string, members: readonly string[]): Promise<number> {
    const set = this.sets.get(name);
    return members.filter((member) => set?.delete(member)).length;
  }

  async *members(name: string): AsyncGenerator<readonly string[]> {
    yield [...(this.sets.get(name) ?? [])];
  }

  async field(hash: string, name: string): Promise<string | undefined> {
    return this.hashes.get(hash)?.[name];
  }

  left(): string[] {
    const members = [...this.sets].flatMap(([key, set]) => [...set].map((one) => `${key} ${one}`));
    return [...this.hashes.keys(), ...members].sort();
  }
}

const blob = (one: string): RemovedItem => ({ kind: 'blob', path: `blobs/${one}`, digest: one });
const folder = (path: string, kind: RemovedItem['kind'] = 'repository'): RemovedItem => ({
  kind,
  path: `repositories/${path}`,
});
const link = (repository: string, one: string): RemovedItem => ({
  kind: 'layer-link',
  path: `repositories/${repository}/_layers/${one}`,
  repository,
  digest: one,
});

const everyRepository = ['app', 'team/other'];
const whole = (): Memory => new Memory().knows('app', A).knows('app', B).knows('team/other', A);

const rest = (...gone: string[]): string[] =>
  whole()
    .left()
    .filter((key) => !gone.includes(key));

const every = ['app', 'team', 'team/x', 'teams', 'team/y/z'];

describe('flushing', () => {
  it.each<[string, RemovedItem[], string[]]>([
    ['nothing', [], rest()],
    [
      'what no cache knows',
      [{ kind: 'tag', path: 'repositories/app/x', repository: 'app', digest: A }, blob(C)],
      rest(),
    ],
    [
      'a blob, in every repository',
      [blob(A)],
      rest(
        `blobs::${A}`,
        `repository::app::blobs::${A}`,
        `repository::app::blobs ${A}`,
        `repository::team/other::blobs::${A}`,
        `repository::team/other::blobs ${A}`,
      ),
    ],
    [
      'a link alone',
      [link('app', A)],
      rest(`repository::app::blobs::${A}`, `repository::app::blobs ${A}`),
    ],
    [
      'a whole repository, and none that is called alike',
      [folder('app')],
      rest(
        `repository::app::blobs::${A}`,
        `repository::app::blobs ${A}`,
        `repository::app::blobs::${B}`,
        `repository::app::blobs ${B}`,
      ),
    ],
  ])('%s', async (_, items, expected) => {
    const store = whole();
    const before = store.left().length;
    const found = await flushRemoved(store, () => items, everyRepository);
    expect([store.left(), found]).toEqual([expected, before - expected.length]);
    expect(await flushRemoved(store, () => items, everyRepository)).toBe(0);
  });

  it.each<[string, RemovedItem, string[]]>([
    ['a namespace', folder('team'), ['app', 'teams']],
    ['parts of a repository', folder('team/_layers'), ['app', 'team/x', 'teams', 'team/y/z']],
    ['a part of such a part', folder('team/x/_layers/a/b'), ['app', 'team', 'teams', 'team/y/z']],
    [
      'the rest of a namespace',
      folder('team/y', 'empty-directory'),
      ['app', 'team', 'team/x', 'teams'],
    ],
    ['an empty folder in one that lives', folder('team/_layers', 'empty-directory'), every],
  ])('%s: every repository in it, and no other', async (_, item, expected) => {
    const store = new Memory();
    for (const name of every) store.knows(name, A);
    await flushRemoved(store, () => [item], every);
    const left = [...store.sets].filter(([, set]) => set.size > 0).map(([key]) => key);
    expect(left).toEqual(expected.map((name) => `repository::${name}::blobs`));
  });

  it('forgets a layer under its other digest too', async () => {
    const store = whole().knows('app', X, A);
    await flushRemoved(store, () => [blob(A)], everyRepository);
    expect(store.left().filter((key) => key.includes(X) || key.includes(A))).toEqual([]);
  });

  it('works in batches', async () => {
    const store = new Memory();
    const items = Array.from({ length: 2000 }, (_, i) =>
      blob(`sha256:${i.toString(16).padStart(64, '0')}`),
    );
    for (const { digest: one } of items) store.knows('app', one!);
    expect(await flushRemoved(store, () => items, ['app'])).toBe(6000);
    expect([store.left(), store.calls]).toEqual([[], 8]);
  });
});
