/** What a thread needs to know of a tree, in a form that can be sent to it. */
import { DiskReader } from '../../storage/disk-reader.js';
import { BLOBS } from '../../storage/layout.js';
import type { StorageReader } from '../../storage/port.js';
import { UnionReader } from '../../storage/union-reader.js';
import type { ScanContext } from '../scan/context.js';

/** A run's quarantine, to be read as if it were back in its place. */
export interface TrashLayer {
  /** Absolute path of its trash. */
  readonly base: string;
  /** Its repositories are left out, so that their links are no roots. */
  readonly blobsOnly: boolean;
}

export interface WorkerSetup extends Omit<ScanContext, 'reader'> {
  readonly base: string;
  /** Where a file is in several places, the tree's counts, then the first of these. */
  readonly trash: readonly TrashLayer[];
}

const isBlobPath = (path: string): boolean => path === BLOBS || path.startsWith(`${BLOBS}/`);

function readerOf({ base, trash }: WorkerSetup): StorageReader {
  const tree = new DiskReader(base);
  if (trash.length === 0) return tree;
  const layers = trash.map(({ base: path, blobsOnly }) => ({
    reader: new DiskReader(path),
    ...(blobsOnly ? { covers: isBlobPath } : {}),
  }));
  return new UnionReader([{ reader: tree }, ...layers]);
}

/** @param reader instead of the disk */
export function contextOf(setup: WorkerSetup, reader = readerOf(setup)): ScanContext {
  const { device, ageByMtime, mounts } = setup;
  return { device, ageByMtime, mounts, reader };
}
