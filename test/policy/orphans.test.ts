/** Signatures without a subject: only with a trace of it in the repository, and only old ones. */
import { expect, it } from 'vitest';
import { orphanRemovals } from '../../src/policy/index.js';
import { parseDigest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import { imageJson, indexJson, NOW, Store, smallImage } from '../facts/helpers.js';

const DAY = 86_400;
const NOTHING_ELSE = { isRemovedNow: () => false, removedEarlier: new Map() };
const subject = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`)!;
const tagOf = (letter: string, suffix = '.sig'): string => `sha256-${letter.repeat(64)}${suffix}`;

async function orphans(store: Store, claimed: readonly string[] = []): Promise<string[]> {
  const facts = await store.facts();
  const removals = orphanRemovals(facts, {
    now: NOW,
    minAge: DAY,
    inScope: (name) => name !== 'elsewhere',
    isGone: (digest) => !claimed.includes(digest),
    ...NOTHING_ELSE,
  });
  return facts.repositories.flatMap(({ name, tags }) =>
    tags.names
      .filter((tag) => removals.tag(name, tag) !== undefined)
      .map((tag) => `${name}:${tag}`),
  );
}

const tombstone = (store: Store, repository: string, letter: string): void => {
  store.folder(layout.revisionPath(repository, subject(letter)));
};

it('takes those whose subject left a tombstone or stands in a tag’s history', async () => {
  const store = new Store();
  const live = smallImage(store, 'app', 'live', ['v1']);
  store.link(layout.tagHistoryPath('app', 'v1', subject('b')), subject('b'));
  for (const letter of ['a', 'b', 'c']) smallImage(store, 'app', letter, [tagOf(letter)]);
  smallImage(store, 'app', 'of live', [live.manifest.replace(':', '-')]);
  tombstone(store, 'app', 'a');
  tombstone(store, 'other', 'c');
  smallImage(store, 'elsewhere', 'a too', [tagOf('a')]);
  tombstone(store, 'elsewhere', 'a');
  expect(await orphans(store)).toEqual([`app:${tagOf('a')}`, `app:${tagOf('b')}`]);
  expect(await orphans(store, [subject('a')])).toEqual([`app:${tagOf('b')}`]);
});

it('keeps what is young, or has a tag of its own, or is about something else too', async () => {
  const store = new Store();
  for (const letter of ['a', 'b', 'c']) tombstone(store, 'app', letter);
  smallImage(store, 'app', 'named', [tagOf('a'), 'keep-me']);
  smallImage(store, 'app', 'two', [tagOf('b'), tagOf('d')]);
  store.at(NOW * 1000);
  smallImage(store, 'app', 'young', [tagOf('c')]);
  expect(await orphans(store)).toEqual([]);
});

it('takes a fallback index with the referrers that it lists', async () => {
  const store = new Store();
  tombstone(store, 'app', 'a');
  const config = store.layer('app', '{}');
  const about = { subject: { mediaType: 'x', size: 1, digest: subject('a') } };
  const referrer = store.manifest('app', imageJson(config, [], about));
  store.manifest('app', indexJson([referrer]), tagOf('a', ''));
  const facts = await store.facts();
  const removals = orphanRemovals(facts, {
    now: NOW,
    minAge: DAY,
    inScope: () => true,
    isGone: () => true,
    ...NOTHING_ELSE,
  });
  const reason = `its subject ${subject('a')} was deleted`;
  expect(removals.revision('app', referrer)?.reason).toContain(reason);
  expect(removals.tag('app', tagOf('a', ''))).toEqual({ reason: expect.stringContaining(reason) });
});
