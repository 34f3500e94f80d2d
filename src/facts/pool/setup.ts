/** What a thread needs to know about a tree, in a form that can be sent to it. */
import { DiskReader } from '../../storage/disk-reader.js';
import { BLOBS } from '../../storage/layout.js';
import type { StorageReader } from '../../storage/port.js';
import { UnionReader } from '../../storage/union-reader.js';
import type { ScanContext } from '../scan/context.js';

/** The quarantine of one run, read as if its files were back in the tree. */
export interface TrashLayer {
  /** Absolute path of the run's `trash` folder. */
  readonly base: string;
  /** Reads only its blobs. Its repositories are omitted, so that their links are not roots. */
  readonly blobsOnly: boolean;
}

export interface WorkerSetup extends Omit<ScanContext, 'reader'> {
  readonly base: string;
  /** A file that exists in several places is read from the tree first, then from these in order. */
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

/** @param reader a filesystem to read instead of the disk */
export function contextOf(setup: WorkerSetup, reader = readerOf(setup)): ScanContext {
  const { device, ageByMtime, mounts } = setup;
  return { device, ageByMtime, mounts, reader };
}
