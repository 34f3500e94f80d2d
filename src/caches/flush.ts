/** Makes a registry's Redis forget what left the tree, and nothing else. */
import { blobKey, type Forget, forgetItem, type Gone, GoneSet, linkKey, setKey } from './keys.js';

/** What is asked of a Redis; replies are awaited together. */
export interface KeyStore {
  /** @returns how many of the keys there were */
  delete(keys: readonly string[]): Promise<number>;
  /** @returns how many of the members there were */
  removeMembers(set: string, members: readonly string[]): Promise<number>;
  members(set: string): AsyncIterable<readonly string[]>;
  field(hash: string, name: string): Promise<string | undefined>;
}

const BATCH = 500;

/**
 * Safe to repeat, and to end midway: what was forgotten is only read again from the tree.
 * @param items generated anew on each iteration
 * @param repositories names of all that may know of a blob that went, and of all that went
 * @returns how many keys and members there were
 */
export async function flushGone(
  store: KeyStore,
  items: () => Iterable<Gone>,
  repositories: Iterable<string>,
): Promise<number> {
  let found = 0;
  const names = new Set(repositories);
  let batch: Forget[] = [];
  for (const item of items()) {
    if (item.repository !== undefined) names.add(item.repository);
    const forget = forgetItem(item);
    if (forget === undefined) continue;
    batch.push(forget);
    if (batch.length < BATCH) continue;
    found += await forgetAll(store, batch);
    batch = [];
  }
  found += await forgetAll(store, batch);
  const gone = new GoneSet(items());
  if (gone.isEmpty) return found;
  for (const name of names) found += await flushRepository(store, gone, name);
  return found;
}

async function forgetAll(store: KeyStore, batch: readonly Forget[]): Promise<number> {
  const keys = batch.flatMap((forget) => forget.keys);
  const replies = [keys.length === 0 ? Promise.resolve(0) : store.delete(keys)];
  for (const { member } of batch) {
    if (member !== undefined) replies.push(store.removeMembers(member[0], [member[1]]));
  }
  return sum(await Promise.all(replies));
}

async function flushRepository(store: KeyStore, gone: GoneSet, name: string): Promise<number> {
  const whole = gone.hasRepository(name);
  const set = setKey(name);
  const stale: string[] = [];
  const aliases: string[] = [];
  for await (const members of store.members(set)) {
    for (const member of members) {
      if (whole || gone.hasBlob(member)) stale.push(member);
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

/** A layer pushed as sha512 is stored as sha256, and cached under both. */
async function isAlias(store: KeyStore, gone: GoneSet, member: string): Promise<boolean> {
  if (member.startsWith('sha256:')) return false;
  const target = await store.field(blobKey(member), 'digest');
  return target !== undefined && gone.hasBlob(target);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
