/**
 * Reads the tree together with its quarantine, to decide which quarantined items are needed.
 */
import { type ReadOptions, readFacts } from '../../facts/read.js';
import type { Facts } from '../../facts/types.js';
import type { Digest } from '../../storage/digest.js';
import type { StorageTree } from '../../storage/port.js';
import { runIds, type SweepState } from '../../sweep/index.js';
import { type Context, endIfInterrupted } from '../context.js';

/**
 * Reads the tree and all quarantined blobs as one. For the named runs it also reads their
 * repositories' links, so that these count as roots. If a file is in both, the tree's counts.
 * @param alsoParse manifests to read even if nothing links them
 */
export async function factsWithTrash(
  context: Context,
  tree: StorageTree,
  state: SweepState,
  rootsOf: ReadonlySet<string>,
  alsoParse: readonly Digest[] = [],
): Promise<Facts> {
  endIfInterrupted(context);
  const facts = await readFacts(tree, { ...optionsWithTrash(context, state, rootsOf), alsoParse });
  context.progress.stop();
  return facts;
}

/** Reads the blobs of all runs, and the repositories of those named. */
export function optionsWithTrash(
  context: Context,
  state: SweepState,
  rootsOf: ReadonlySet<string> = new Set(),
): ReadOptions {
  return {
    concurrency: context.options.concurrency,
    trash: runIds(state).map((id) => ({ base: state.trashPath(id), blobsOnly: !rootsOf.has(id) })),
    ageBy: 'newest',
    now: Math.floor(context.now() / 1000),
    minAge: 0,
    keepFindings: 5,
    onProgress: (update) => context.progress.update(update),
    signal: context.signal,
  };
}
