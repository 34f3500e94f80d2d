/** `maxDelete` of a policy: more than that may not expire. */
import type { Policy } from '../model/types.js';
import type { RepositoryDecisions } from './decide-all.js';

/** Of the images that the policy judges, followers left out. @returns why it is too much */
export function overLimit(
  { maxDelete, file }: Policy,
  decided: readonly RepositoryDecisions[],
): string | undefined {
  if (maxDelete === undefined) return undefined;
  const images = decided.flatMap(({ decisions }) => decisions.filter(({ follower }) => !follower));
  const expiring = images.filter(({ action }) => action === 'expire').length;
  const { share = 1, images: most = Number.POSITIVE_INFINITY } = maxDelete;
  if (expiring <= most && expiring <= share * images.length) return undefined;
  const limits = [
    maxDelete.share === undefined ? '' : `${Math.round(share * 1000) / 10}%`,
    maxDelete.images === undefined ? '' : `${most} images`,
  ];
  const limit = limits.filter((text) => text !== '').join(' and ');
  return `${expiring} of ${images.length} images would expire; ${file} allows at most ${limit} (maxDelete)`;
}
