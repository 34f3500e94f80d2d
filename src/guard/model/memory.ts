/**
 * Observations that one command keeps between its inspections: caches and mounts still matter
 * after their process has stopped.
 */
import type { RegistryCache } from '../../registry-config/cache-section.js';
import type { ContainerName, ContainerObservation, OtherView } from './observations.js';

export interface GuardMemory {
  /**
   * By process or container: the cache of each registry that served the tree; undefined: unknown.
   */
  readonly caches: Map<string, RegistryCache | undefined>;
  /** By namespace: processes that have other mounts inside the tree than this host. */
  readonly views: Map<string, OtherView>;
  /** By socket: the last answer of each engine. */
  readonly engines: Map<string, EngineAnswer>;
}

export interface EngineAnswer {
  readonly socket: string;
  /** Names of all containers of the engine. */
  readonly names: readonly ContainerName[];
  /** The containers that mount the tree. */
  readonly containers: readonly ContainerObservation[];
  /** Why the engine could not be asked. */
  readonly silent?: string;
}

export const newGuardMemory = (): GuardMemory => ({
  views: new Map(),
  caches: new Map(),
  engines: new Map(),
});

/**
 * Adds the current observations to the earlier ones. A newer value replaces one with the same key.
 * @returns `before` with the additions, or a new map
 */
export function remember<T>(
  before: Map<string, T> | undefined,
  now: Iterable<readonly [string, T]>,
): ReadonlyMap<string, T> {
  const all = before ?? new Map<string, T>();
  for (const [key, value] of now) all.set(key, value);
  return all;
}
