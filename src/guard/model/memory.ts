/** What one command has seen of a tree's holders, and what stopping them doesn't undo. */
import type { RegistryCache } from '../../registry-config/cache-section.js';
import type { ContainerName, ContainerObservation, OtherView } from './observations.js';

export interface GuardMemory {
  /** By process or container: the cache of each registry that served the tree; undefined: not known. */
  readonly caches: Map<string, RegistryCache | undefined>;
  /** By namespace: who sees other mounts inside the tree. */
  readonly views: Map<string, OtherView>;
  /** By socket: what each engine told last. */
  readonly engines: Map<string, EngineAnswer>;
}

export interface EngineAnswer {
  readonly socket: string;
  /** Of all its containers. */
  readonly names: readonly ContainerName[];
  /** Those that mount the tree. */
  readonly containers: readonly ContainerObservation[];
  /** Why it told nothing. */
  readonly silent?: string;
}

export const newGuardMemory = (): GuardMemory => ({
  views: new Map(),
  caches: new Map(),
  engines: new Map(),
});

/** Adds what is seen now. @returns all that was seen so far, by the same keys */
export function recalled<T>(
  before: Map<string, T> | undefined,
  now: Iterable<readonly [string, T]>,
): ReadonlyMap<string, T> {
  const all = before ?? new Map<string, T>();
  for (const [key, value] of now) all.set(key, value);
  return all;
}
