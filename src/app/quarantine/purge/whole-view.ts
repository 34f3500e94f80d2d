/** Checks that all references were read, before anything is deleted. */
import type { Facts } from '../../../facts/types.js';
import { unmountedPaths } from '../../../guard/index.js';
import type { StorageTree } from '../../../storage/port.js';
import { RegsweepError } from '../../../util/errors.js';
import { requireSeen } from '../../references/required-by-images.js';

/** @throws RegsweepError `facts-refused` if references may be missing */
export function requireWholeView(tree: StorageTree, facts: Facts, allowEmptyTree: boolean): void {
  requireSeen(facts);
  const [unmounted] = unmountedPaths(tree);
  if (unmounted !== undefined) {
    throw new RegsweepError('facts-refused', `${unmounted} should be mounted and is not`, {
      path: unmounted,
      remedy: `mount ${unmounted}`,
    });
  }
  if (!allowEmptyTree && !facts.repositories.some(({ revisions }) => revisions.node.length > 0)) {
    throw new RegsweepError('facts-refused', 'the tree has no manifest', {
      path: tree.v2,
      remedy:
        'check that everything is mounted and that this is the right tree; if every image was removed: --allow-empty-tree',
    });
  }
}
