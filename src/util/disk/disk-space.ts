/** Size and free space of the filesystem that contains the tree. */
import { statfsSync } from 'node:fs';

export interface DiskSpace {
  readonly bytes: number;
  /** Available to users other than root. */
  readonly availableBytes: number;
}

export function diskSpace(folder: string): DiskSpace {
  const { bsize, blocks, bavail } = statfsSync(folder);
  return { bytes: bsize * blocks, availableBytes: bsize * bavail };
}
