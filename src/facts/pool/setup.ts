/** What a thread needs to know of a tree, in a form that can be sent to it. */
import { DiskReader } from '../../storage/disk.js';
import type { ScanContext } from '../scan/context.js';

export interface WorkerSetup extends Omit<ScanContext, 'reader'> {
  readonly base: string;
}

/** @param reader instead of the disk */
export function contextOf(
  { base, ...rest }: WorkerSetup,
  reader?: ScanContext['reader'],
): ScanContext {
  return { ...rest, reader: reader ?? new DiskReader(base) };
}
