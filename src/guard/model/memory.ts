/** What one command has seen of a tree's holders, and what stopping them doesn't undo. */
import type { RegistryCache } from '../../registry-config/cache-section.js';
import type { OtherView } from './observations.js';

export interface GuardMemory {
  /** By process or container: the cache of each registry that served the tree; undefined: not known. */
  readonly caches: Map<string, RegistryCache | undefined>;
  /** By namespace: who sees other mounts inside the tree. */
  readonly views: Map<string, OtherView>;
}

export const newGuardMemory = (): GuardMemory => ({ views: new Map(), caches: new Map() });

/** Adds what is seen now. @returns all that was seen so far, by the same keys */
export function recalled<T>(
  before: Map<string, T> | undefined,
  now: Iterable<readonly [string, T]>,
): ReadonlyMap<string, T> {
  const all = before ?? new Map<string, T>();
  for (const [key, value] of now) all.set(key, value);
  return all;
}
