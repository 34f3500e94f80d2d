/** Which repositories a run leaves as they are, and why. */
import type { RepositoryFacts } from '../../facts/types.js';
import type { MarkOptions } from '../types.js';

/**
 * Why a run may take nothing out of a repository; undefined where it may. Damage doesn't keep one
 * that goes as a whole: what can't be read there was only ever served from there.
 */
export function keepReason(repository: RepositoryFacts, options: MarkOptions): string | undefined {
  const named = goesWhole(repository, options);
  if (repository.keepAllReason !== undefined && !named) return repository.keepAllReason;
  if (isImmovable(repository, options)) return repository.immovable;
  if (!options.inScope(repository.name)) return 'not in the scope of this run';
  if (named) return undefined;
  return isTagless(repository, options) ? 'it has manifests but no tag' : undefined;
}

export const isImmovable = (
  { immovable }: RepositoryFacts,
  { asIfMovable }: MarkOptions,
): boolean => immovable !== undefined && asIfMovable !== true;

export function goesWhole({ name }: RepositoryFacts, { removals }: MarkOptions): boolean {
  return removals.repository?.(name) !== undefined;
}

/** Only damage keeps it, so that the damage itself may go. */
export function isDamagedOnly(repository: RepositoryFacts, options: MarkOptions): boolean {
  const movable = !isImmovable(repository, options) && options.inScope(repository.name);
  return movable && repository.keepAllReason !== undefined;
}

export function isTagless(repository: RepositoryFacts, options: MarkOptions): boolean {
  const { deleteUntagged, allowTagless } = options;
  if (!deleteUntagged || allowTagless) return false;
  return repository.tags.names.length === 0 && repository.revisions.node.length > 0;
}
