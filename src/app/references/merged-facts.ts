/** The tree as it would be with its quarantine put back: for deciding what of it is needed. */
import { noteForeignMetadata } from '../../facts/foreign.js';
import { readFacts } from '../../facts/read.js';
import type { Facts } from '../../facts/types.js';
import type { Digest } from '../../storage/digest.js';
import { DiskReader } from '../../storage/disk.js';
import { BLOBS } from '../../storage/layout.js';
import type { StorageTree } from '../../storage/port.js';
import { UnionReader } from '../../storage/union.js';
import { runIds, type SweepState, trashReader } from '../../sweep/index.js';
import { type Context, endIfInterrupted } from '../context.js';

const isBlobPath = (path: string): boolean => path === BLOBS || path.startsWith(`${BLOBS}/`);

/**
 * Reads the tree and all blobs in quarantine as one, and of the runs named also their
 * repositories' links, so that these count as roots. Where a file is in both, the tree's counts.
 * @param alsoParse manifests to read though nothing may link them
 */
export async function factsWithTrash(
  context: Context,
  tree: StorageTree,
  state: SweepState,
  rootsOf: ReadonlySet<string>,
  alsoParse: readonly Digest[] = [],
): Promise<Facts> {
  endIfInterrupted(context);
  const trash = runIds(state).map((id) => ({
    reader: trashReader(state, id),
    ...(rootsOf.has(id) ? {} : { covers: isBlobPath }),
  }));
  const facts = await readFacts(tree, {
    reader: new UnionReader([{ reader: new DiskReader(tree.v2) }, ...trash]),
    ageBy: 'newest',
    now: Math.floor(Date.now() / 1000),
    minAge: 0,
    alsoParse,
    keepFindings: 5,
    onProgress: (update) => context.progress.update(update),
    signal: context.signal,
  });
  context.progress.stop();
  noteForeignMetadata(tree, facts.findings);
  return facts;
}
