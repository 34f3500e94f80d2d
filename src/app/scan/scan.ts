/** The stages that commands share: read the tree, and mark. */
import type { Pool } from '../../facts/pool/pool.js';
import { ageGarbage, openScan, type ReadOptions, readFacts } from '../../facts/read.js';
import type { Facts } from '../../facts/types.js';
import type { Marks } from '../../graph/types.js';
import type { StorageTree } from '../../storage/port.js';
import { type Context, endIfInterrupted } from '../context.js';
import type { Selection } from '../select/selection.js';
import { addLayoutCommands } from './layout-commands.js';
import { markSelection, markWithout } from './mark-with-pins.js';
import { noteTagless } from './tagless-findings.js';
import { tellUnmatched } from './unmatched-globs.js';

export interface Scan {
  readonly facts: Facts;
  readonly marks: Marks;
}

export interface ScanOptions {
  /** Maximum number of samples per finding; 5 by default. */
  readonly keepFindings?: number;
  /** `brief` if no plan is made; see ReadOptions. */
  readonly depth?: 'brief' | 'full' | 'deep';
}

const SAMPLES = 5;
/** `rm` has to distinguish damaged links from intact ones. */
const ALL = Number.POSITIVE_INFINITY;

/** Reads the complete tree. @throws RegsweepError `interrupted` after a signal */
export async function readNow(
  context: Context,
  tree: StorageTree,
  selection: Selection,
  options: ScanOptions = {},
  scan?: Pool,
): Promise<Facts> {
  endIfInterrupted(context);
  try {
    const facts = await readFacts(tree, readOptions(context, selection, options), scan);
    addLayoutCommands(facts);
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
  options: ScanOptions = {},
): ReadOptions {
  const { deleteUntagged, policy } = selection;
  return {
    concurrency: context.options.concurrency,
    ageBy: selection.ageBy,
    now: Math.ceil(context.now() / 1000),
    minAge: selection.minAge,
    keepFindings: options.keepFindings ?? (selection.targets.length > 0 ? ALL : SAMPLES),
    alsoParse: selection.keepDigests,
    depth: options.depth ?? 'full',
    history: deleteUntagged || policy !== undefined,
    onProgress: (update) => context.progress.update(update),
    signal: context.signal,
  };
}

export async function scanAndMark(
  context: Context,
  tree: StorageTree,
  selection: Selection,
  options: ScanOptions = {},
): Promise<Scan> {
  const scan = openScan(tree, readOptions(context, selection, options));
  try {
    const facts = await readNow(context, tree, selection, options, scan);
    if (!facts.linked.isEmpty)
      return await lookPinned(context, tree, selection, facts, options, scan);
    const marks = markSelection(facts, selection);
    noteTagless(facts, marks);
    if (facts.layerTimes) return { facts, marks };
    await ageGarbage(facts, scan, (node) => !marks.reached.has(node));
    return { facts, marks: markSelection(facts, selection) };
  } finally {
    await scan.close();
  }
}

/** Data that is kept because of symbolic links is known only when a plan is made. */
async function lookPinned(
  context: Context,
  tree: StorageTree,
  selection: Selection,
  seen: Facts,
  options: ScanOptions,
  scan: Pool,
): Promise<Scan> {
  const facts = seen.layerTimes
    ? seen
    : await readNow(context, tree, selection, { ...options, depth: 'full' }, scan);
  const { marks } = markWithout(facts, selection, undefined);
  noteTagless(facts, marks);
  return { facts, marks };
}
