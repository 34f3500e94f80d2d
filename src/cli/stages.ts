/** The stages that commands share: read the tree, mark what lives. */
import { readFacts } from '../facts/read.js';
import type { Facts } from '../facts/types.js';
import { mark } from '../graph/mark.js';
import type { Marks } from '../graph/types.js';
import type { StorageTree } from '../storage/port.js';
import { type Context, endIfInterrupted } from './context.js';
import { markOptions, type Selection } from './selection.js';

export interface Look {
  readonly facts: Facts;
  readonly marks: Marks;
}

export interface LookOptions {
  /** Findings kept for each code; 5 by default. */
  readonly keepFindings?: number;
  /** Also read every layer link's content. */
  readonly readLayerLinks?: boolean;
  /** Paths that this run can't or won't remove: roots. */
  readonly pinnedPaths?: ReadonlySet<string>;
}

const SAMPLES = 5;

/** Reads the whole tree, as it is now. @throws RegsweepError `interrupted` after a signal */
export async function readNow(
  context: Context,
  tree: StorageTree,
  selection: Selection,
  options: LookOptions = {},
): Promise<Facts> {
  endIfInterrupted(context);
  try {
    return await readFacts(tree, {
      concurrency: context.settings.concurrency,
      ageBy: selection.ageBy,
      now: Math.ceil(Date.now() / 1000),
      minAge: selection.minAge,
      keepFindings: options.keepFindings ?? SAMPLES,
      alsoParse: selection.keepDigests,
      readLayerLinks: options.readLayerLinks ?? false,
      onProgress: (update) => context.progress.update(update),
      signal: context.signal,
    });
  } catch (error) {
    endIfInterrupted(context);
    throw error;
  } finally {
    context.progress.stop();
  }
}

export function markNow(
  facts: Facts,
  selection: Selection,
  pinnedPaths?: ReadonlySet<string>,
): Marks {
  const options = markOptions(selection, Math.floor(facts.scannedAtMs / 1000));
  return mark(facts, pinnedPaths === undefined ? options : { ...options, pinnedPaths });
}

export async function look(
  context: Context,
  tree: StorageTree,
  selection: Selection,
  options: LookOptions = {},
): Promise<Look> {
  const facts = await readNow(context, tree, selection, options);
  return { facts, marks: markNow(facts, selection, options.pinnedPaths) };
}
