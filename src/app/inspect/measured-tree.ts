/** Sizes and owners for `analyze` and `report`, in addition to the marks. */
import type { Facts } from '../../facts/types.js';
import { immovableGarbage } from '../../graph/mark/immovable.js';
import { garbageByRepository } from '../../graph/sizes/garbage.js';
import { usage } from '../../graph/sizes/usage.js';
import type { Marks } from '../../graph/types.js';
import type { AnalyzeInput } from '../../report/build/analyze.js';
import { diskSpace } from '../../util/disk/disk-space.js';
import type { Scan } from '../scan/scan.js';

/** The marks, with the data that only symbolic links, mounts and other filesystems keep. */
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
