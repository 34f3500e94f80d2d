/** How large the tree's filesystem is, and how much of it is left. */
import { statfsSync } from 'node:fs';

export interface DiskSpace {
  readonly bytes: number;
  /** For whom is no root. */
  readonly availableBytes: number;
}

export function diskSpace(folder: string): DiskSpace {
  const { bsize, blocks, bavail } = statfsSync(folder);
  return { bytes: bsize * blocks, availableBytes: bsize * bavail };
}
