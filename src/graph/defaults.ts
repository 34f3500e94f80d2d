import { ACTION_KINDS } from './action-kinds.js';
import { type MarkOptions, NO_REMOVALS } from './types.js';

const DAY_S = 86_400;

/**
 * What `sweep` goes by unless told otherwise: every tag and manifest link is a root, whatever is
 * younger than a day stays.
 * @param now seconds since 1970
 */
export function markDefaults(now: number): MarkOptions {
  return {
    now,
    minAge: DAY_S,
    deleteUntagged: false,
    allowTagless: false,
    inScope: () => true,
    kinds: new Set(ACTION_KINDS),
    keepDigests: new Set(),
    removals: NO_REMOVALS,
  };
}
