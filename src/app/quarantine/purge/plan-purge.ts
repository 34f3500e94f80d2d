/**
 * Plans a purge: the runs to delete, and their items that are restored or kept because they are
 * needed.
 */

import type { Verdict } from '../../../guard/model/types.js';
import { type Conflict, listRuns, type RunSummary } from '../../../sweep/index.js';
import type { Context } from '../../context.js';
import { factsWithTrash } from '../../references/merged-facts.js';
import { neededByRuns } from '../../references/required-by-runs.js';
import { neededExactly } from '../../references/required-by-tree.js';
import type { Session } from '../../session/session.js';
import { chooseRuns, type PurgeChoice, requireRuns } from '../choose-runs.js';
import { READING_QUARANTINE } from '../sizes.js';
import { NOTHING_SORTED, type Sorted, sortRuns } from './classify-items.js';
import { listedRuns } from './purge-file.js';
import { type PurgeCaches, requireNoStaleCache } from './stale-caches.js';
import { requireWholeView } from './whole-view.js';

export interface PurgePlan {
  readonly runs: readonly RunSummary[];
  /** Stale entries of the plan file, with the reasons. */
  readonly stale: readonly Conflict[];
  readonly sorted: Sorted;
  readonly caches: PurgeCaches;
  readonly repositories: readonly string[];
  readonly notes: readonly string[];
}

export async function planPurge(
  context: Context,
  session: Session,
  verdict: Verdict,
  choice: PurgeChoice,
  seen: Verdict,
): Promise<PurgePlan> {
  const { state, tree } = session;
  context.progress.update({ stage: READING_QUARANTINE });
  const all = listRuns(state);
  const { file } = choice;
  const listed = file === undefined ? { runs: all, stale: [] } : listedRuns(state, all, file);
  const { stale } = listed;
  requireRuns(
    context.options,
    listed.runs.map(({ runId }) => runId),
  );
  const { runs, notes } = chooseRuns(listed.runs, choice, verdict, context.startedAtMs);
  if (runs.length === 0) {
    const caches = { flush: undefined };
    return { runs, stale, sorted: NOTHING_SORTED, caches, repositories: [], notes };
  }
  const caches = await requireNoStaleCache(context, session, runs, verdict, seen);
  const facts = await factsWithTrash(context, tree, state, new Set());
  requireWholeView(tree, facts, context.options.allowEmptyTree);
  const going = new Set(runs.map(({ runId }) => runId));
  const kept = new Set(all.map(({ runId }) => runId).filter((id) => !going.has(id)));
  context.progress.update({ stage: 'Checking which quarantined items are still needed' });
  const byTree = neededExactly(facts);
  const byKept = await neededByRuns(context, facts, state, kept);
  const repositories = facts.repositories.map(({ name }) => name);
  const sorted = sortRuns(session, [...going], byTree, byKept);
  return { runs, stale, sorted, caches, repositories, notes: [...notes, ...sorted.notes] };
}
