/** The size that removing all marked entries frees, as `rm` of them would. */
import type { Facts } from '../../facts/types.js';
import { mark } from '../../graph/mark/mark.js';
import { released } from '../../graph/sizes/freed-blobs.js';
import type { Marks } from '../../graph/types.js';
import { namedRemovals } from '../../policy/index.js';
import { RegsweepError } from '../../util/errors.js';
import { resolveOrThrow } from '../select/targets.js';

export interface MarkedRemoval {
  /** Apparent bytes freed at once, and those that are too recent to be removed now. */
  readonly now: number;
  readonly later: number;
  readonly blobs: number;
  /** Why a part can't be removed. Then nothing is removed. */
  readonly problem?: string;
}

/** Costs one mark of the complete tree. */
export function removalOf(facts: Facts, marks: Marks, targets: readonly string[]): MarkedRemoval {
  if (targets.length === 0) return { now: 0, later: 0, blobs: 0 };
  const { now, minAge } = marks.options;
  try {
    const named = namedRemovals(
      facts,
      resolveOrThrow(facts, targets, () => true),
      { now, minAge },
    );
    const [obstacle] = named.obstacles;
    if (obstacle !== undefined) return failed(`${obstacle.reference}: ${obstacle.why}`);
    const after = mark(facts, { ...marks.options, removals: named.removals });
    const freed = released(facts, marks, after);
    return { now: freed.now.bytes, later: freed.later.bytes, blobs: freed.now.blobs };
  } catch (error) {
    if (error instanceof RegsweepError) return failed(error.message);
    throw error;
  }
}

const failed = (problem: string): MarkedRemoval => ({ now: 0, later: 0, blobs: 0, problem });
