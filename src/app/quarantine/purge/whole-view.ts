/** Whether all references were seen, before anything is deleted. */
import type { Facts } from '../../../facts/types.js';
import { unmountedPaths } from '../../../guard/index.js';
import type { StorageTree } from '../../../storage/port.js';
import { RegsweepError } from '../../../util/errors.js';
import { requireSeen } from '../../references/required-by-images.js';

/** @throws RegsweepError `facts-refused` where references may not have been seen */
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
    throw new RegsweepError('facts-refused', 'there is not one manifest in the tree', {
      path: tree.v2,
      remedy:
        'check that the whole tree is mounted and that this is the right one; if every image was removed: --allow-empty-tree',
    });
  }
}
