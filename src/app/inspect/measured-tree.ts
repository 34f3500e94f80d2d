/** What `analyze` and `report` tell beside the marks: computed only for them. */
import type { Facts } from '../../facts/types.js';
import { garbageByRepository } from '../../graph/garbage.js';
import { immovableGarbage } from '../../graph/immovable.js';
import type { Marks } from '../../graph/types.js';
import { usage } from '../../graph/usage.js';
import type { AnalyzeInput } from '../../report/build/analyze.js';
import { diskSpace } from '../../util/disk-space.js';
import type { Scan } from '../scan/scan.js';

/** The marks with what only symbolic links, mounts and other filesystems keep. */
export const withImmovable = ({ facts, marks }: Scan): Marks => ({
  ...marks,
  immovable: immovableGarbage(facts, marks),
});

export function measuredTree(
  facts: Facts,
  marks: Marks,
): Pick<AnalyzeInput, 'facts' | 'marks' | 'usage' | 'garbage' | 'filesystem'> {
  const { bytes, availableBytes } = diskSpace(facts.tree.v2);
  return {
    facts,
    marks,
    usage: usage(facts, marks),
    garbage: garbageByRepository(facts, marks),
    filesystem: { bytes, freeBytes: availableBytes },
  };
}
