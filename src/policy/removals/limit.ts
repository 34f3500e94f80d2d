/** Checks the limit `maxDelete` of a policy. */
import type { Policy } from '../model/types.js';
import type { RepositoryDecisions } from './decide-all.js';

/**
 * Counts the images that the policy decides about, without followers.
 * @returns why the limit is exceeded, or undefined
 */
export function overLimit(
  { maxDelete, file }: Policy,
  decided: readonly RepositoryDecisions[],
): string | undefined {
  if (maxDelete === undefined) return undefined;
  const images = decided.flatMap(({ decisions }) => decisions.filter(({ follower }) => !follower));
  const expiring = images.filter(({ action }) => action === 'expire').length;
  const { share = 1, images: maxImages = Number.POSITIVE_INFINITY } = maxDelete;
  if (expiring <= maxImages && expiring <= share * images.length) return undefined;
  const limits = [
    maxDelete.share === undefined ? '' : `${Math.round(share * 1000) / 10}%`,
    maxDelete.images === undefined ? '' : `${maxImages} images`,
  ];
  const limit = limits.filter((text) => text !== '').join(' and ');
  return `${expiring} of ${images.length} images would expire; ${file} allows at most ${limit} (maxDelete)`;
}
