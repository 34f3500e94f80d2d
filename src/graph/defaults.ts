import { ACTION_KINDS } from './action-kinds.js';
import { type MarkOptions, NO_REMOVALS } from './types.js';

const DAY_S = 86_400;

/**
 * The rules of `sweep` without options: every tag and every revision is a root, and so is whatever
 * is more recent than a day.
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
