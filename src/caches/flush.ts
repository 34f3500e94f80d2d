/** Deletes the cached descriptors of removed blobs from a registry's Redis, and nothing else. */
import {
  blobKey,
  type Deletion,
  deletionOf,
  linkKey,
  type RemovedItem,
  RemovedSet,
  setKey,
} from './keys.js';

/** The used Redis commands. Replies of several calls may be awaited together. */
export interface KeyStore {
  /** @returns how many of the keys existed */
  delete(keys: readonly string[]): Promise<number>;
  /** @returns how many of the members existed */
  removeMembers(set: string, members: readonly string[]): Promise<number>;
  members(set: string): AsyncIterable<readonly string[]>;
  field(hash: string, name: string): Promise<string | undefined>;
}

const BATCH = 500;

/**
 * Deletes the keys of removed items. It can be repeated or interrupted safely, because a registry
 * reads deleted descriptors again from the tree.
 * @param items an iterable that can be iterated several times
 * @param repositories the repositories that may have cached a removed blob; those of `items` are
 *   added
 * @returns the number of deleted keys and set members
 * @throws errors of `store`
 */
export async function flushRemoved(
  store: KeyStore,
  items: () => Iterable<RemovedItem>,
  repositories: Iterable<string>,
): Promise<number> {
  let found = 0;
  const names = new Set(repositories);
  let batch: Deletion[] = [];
  for (const item of items()) {
    if (item.repository !== undefined) names.add(item.repository);
    const forget = deletionOf(item);
    if (forget === undefined) continue;
    batch.push(forget);
    if (batch.length < BATCH) continue;
    found += await deleteAll(store, batch);
    batch = [];
  }
  found += await deleteAll(store, batch);
  const removed = new RemovedSet(items());
  if (removed.isEmpty) return found;
  for (const name of names) found += await flushRepository(store, removed, name);
  return found;
}

async function deleteAll(store: KeyStore, batch: readonly Deletion[]): Promise<number> {
  const keys = batch.flatMap((forget) => forget.keys);
  const replies = [keys.length === 0 ? Promise.resolve(0) : store.delete(keys)];
  for (const { member } of batch) {
    if (member !== undefined) replies.push(store.removeMembers(member[0], [member[1]]));
  }
  return sum(await Promise.all(replies));
}

async function flushRepository(store: KeyStore, gone: RemovedSet, name: string): Promise<number> {
  const isRemoved = gone.hasRepository(name);
  const set = setKey(name);
  const stale: string[] = [];
  const aliases: string[] = [];
  for await (const members of store.members(set)) {
    for (const member of members) {
      if (isRemoved || gone.hasBlob(member)) stale.push(member);
      else if (await isAlias(store, gone, member)) aliases.push(member);
    }
  }
  let found = 0;
  for (let at = 0; at < stale.length + aliases.length; at += BATCH) {
    const part = [...stale, ...aliases].slice(at, at + BATCH);
    const keys = part.map((member) => linkKey(name, member));
    found += sum(await Promise.all([store.delete(keys), store.removeMembers(set, part)]));
  }
  if (aliases.length > 0) found += await store.delete(aliases.map(blobKey));
  return found;
}

/** A layer pushed as sha512 is stored as sha256 and cached under both digests. */
async function isAlias(store: KeyStore, gone: RemovedSet, member: string): Promise<boolean> {
  if (member.startsWith('sha256:')) return false;
  const target = await store.field(blobKey(member), 'digest');
  return target !== undefined && gone.hasBlob(target);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
