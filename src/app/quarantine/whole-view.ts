import { FINDINGS } from '../../facts/findings.js';
import type { Facts } from '../../facts/types.js';
import { unmountedPaths } from '../../guard/index.js';
import { printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';

/** @throws RegsweepError `facts-refused` where references may not have been seen */
export function requireWholeView(
  tree: StorageTree,
  { findings, repositories }: Facts,
  allowEmptyTree: boolean,
): void {
  const [unsafe] = findings.unsafe();
  if (unsafe !== undefined) {
    const { message, remedy } = FINDINGS[unsafe.code];
    throw new RegsweepError('facts-refused', `${printable(unsafe.path)}: ${message}`, {
      path: unsafe.path,
      remedy,
    });
  }
  const [unmounted] = unmountedPaths(tree);
  if (unmounted !== undefined) {
    throw new RegsweepError('facts-refused', `${unmounted} should be mounted and is not`, {
      path: unmounted,
      remedy: `mount ${unmounted}`,
    });
  }
  if (!allowEmptyTree && !repositories.some(({ revisions }) => revisions.node.length > 0)) {
    throw new RegsweepError('facts-refused', 'there is not one manifest in the tree', {
      path: tree.v2,
      remedy:
        'check that the whole tree is mounted and that this is the right one; if every image was removed: --allow-empty-tree',
    });
  }
}
