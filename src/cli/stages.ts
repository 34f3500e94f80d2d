/** The stages that commands share: read the tree, mark what lives. */
import type { Pool } from '../facts/pool/pool.js';
import { ageGarbage, openScan, type ReadOptions, readFacts } from '../facts/read.js';
import type { Facts } from '../facts/types.js';
import { mark } from '../graph/mark.js';
import type { Marks } from '../graph/types.js';
import type { StorageTree } from '../storage/port.js';
import { type Context, endIfInterrupted } from './context.js';
import { type Decisions, decideNow, nowOf } from './decisions.js';
import { tellUnmatched } from './scope.js';
import { markOptions, type Selection } from './selection.js';
import { noteTagless } from './tagless.js';

export interface Look {
  readonly facts: Facts;
  readonly marks: Marks;
}

export interface LookOptions {
  /** Findings kept for each code; 5 by default. */
  readonly keepFindings?: number;
  /** `brief` where nothing is planned; see ReadOptions. */
  readonly depth?: 'brief' | 'full' | 'deep';
  /** Paths that this run can't or won't remove: roots. */
  readonly pinnedPaths?: ReadonlySet<string>;
}

const SAMPLES = 5;
/** `rm` has to tell damaged links from sound ones. */
const ALL = Number.POSITIVE_INFINITY;

/** Reads the whole tree, as it is now. @throws RegsweepError `interrupted` after a signal */
export async function readNow(
  context: Context,
  tree: StorageTree,
  selection: Selection,
  options: LookOptions = {},
  scan?: Pool,
): Promise<Facts> {
  endIfInterrupted(context);
  try {
    const facts = await readFacts(tree, readOptions(context, selection, options), scan);
    tellUnmatched(
      context,
      facts.repositories.map(({ name }) => name),
    );
    return facts;
  } catch (error) {
    endIfInterrupted(context);
    throw error;
  } finally {
    context.progress.stop();
  }
}

export function readOptions(
  context: Context,
  selection: Selection,
  options: LookOptions = {},
): ReadOptions {
  const { deleteUntagged, policy } = selection;
  return {
    concurrency: context.settings.concurrency,
    ageBy: selection.ageBy,
    now: Math.ceil(Date.now() / 1000),
    minAge: selection.minAge,
    keepFindings: options.keepFindings ?? (selection.targets.length > 0 ? ALL : SAMPLES),
    alsoParse: selection.keepDigests,
    depth: options.depth ?? 'full',
    history: deleteUntagged || policy !== undefined,
    onProgress: (update) => context.progress.update(update),
    signal: context.signal,
  };
}

export function markNow(
  facts: Facts,
  selection: Selection,
  pinnedPaths?: ReadonlySet<string>,
  { removals, confined }: Decisions = decideNow(facts, selection),
): Marks {
  return mark(facts, {
    ...markOptions(selection, nowOf(facts)),
    removals,
    ...(confined === undefined ? {} : { confined }),
    ...(pinnedPaths === undefined ? {} : { pinnedPaths }),
  });
}

export async function look(
  context: Context,
  tree: StorageTree,
  selection: Selection,
  options: LookOptions = {},
): Promise<Look> {
  const scan = openScan(tree, readOptions(context, selection, options));
  try {
    const facts = await readNow(context, tree, selection, options, scan);
    const marks = markNow(facts, selection, options.pinnedPaths);
    noteTagless(facts, marks);
    if (facts.layerTimes) return { facts, marks };
    await ageGarbage(facts, scan, (node) => !marks.reached.has(node));
    return { facts, marks: markNow(facts, selection, options.pinnedPaths) };
  } finally {
    await scan.close();
  }
}
