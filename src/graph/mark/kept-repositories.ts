/** The repositories that a run does not change, and why. */
import type { RepositoryFacts } from '../../facts/types.js';
import type { MarkOptions } from '../types.js';

/**
 * @returns why a run may remove nothing from the repository; undefined if it may. Damage does not
 *   protect a repository that is removed completely, because unreadable content there was served
 *   only from it.
 */
export function keepReason(repository: RepositoryFacts, options: MarkOptions): string | undefined {
  const removed = isRemovedCompletely(repository, options);
  if (repository.keepAllReason !== undefined && !removed) return repository.keepAllReason;
  if (isImmovable(repository, options)) return repository.immovable;
  if (!options.inScope(repository.name)) return 'not in the scope of this run';
  if (removed) return undefined;
  return isTagless(repository, options) ? 'it has manifests but no tag' : undefined;
}

/** @returns whether the repository can't be moved; false if the mark ignores that */
export const isImmovable = (
  { immovable }: RepositoryFacts,
  { asIfMovable }: MarkOptions,
): boolean => immovable !== undefined && asIfMovable !== true;

/** @returns whether a policy or `rm` removes the complete repository */
export function isRemovedCompletely({ name }: RepositoryFacts, { removals }: MarkOptions): boolean {
  return removals.repository?.(name) !== undefined;
}

/**
 * @returns whether damage is the only reason to keep it, so that the damaged items may be removed
 */
export function isDamagedOnly(repository: RepositoryFacts, options: MarkOptions): boolean {
  const movable = !isImmovable(repository, options) && options.inScope(repository.name);
  return movable && repository.keepAllReason !== undefined;
}

/** @returns whether `--delete-untagged` keeps the repository because it has manifests but no tag */
export function isTagless(repository: RepositoryFacts, options: MarkOptions): boolean {
  const { deleteUntagged, allowTagless } = options;
  if (!deleteUntagged || allowTagless) return false;
  return repository.tags.names.length === 0 && repository.revisions.node.length > 0;
}
