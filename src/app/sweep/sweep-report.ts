/** The report of a sweep, tidy or rm, with notes and next steps. */

import type { Clearance } from '../../guard/model/types.js';
import { jsonName, rawPath } from '../../report/build/names.js';
import type { ChangeReport } from '../../report/model/model.js';
import type { StorageTree } from '../../storage/port.js';
import type { SweepResult } from '../../sweep/index.js';
import type { RegsweepError } from '../../util/errors.js';
import type { Context } from '../context.js';
import { DEFAULTS } from '../defaults.js';
import { NOTHING_STALE } from '../plan/file/stale-actions.js';
import { keptNotes } from '../plan/kept-notes.js';
import type { ChangeRequest, Prepared, Stale } from '../plan/prepare/prepared.js';
import { removalNotes, removedBy } from '../plan/removal-impact.js';
import { whereOf } from '../where.js';

/** Default `--min-age` of `trash purge`. */
const QUARANTINE = DEFAULTS.minAge;

export type Outcome =
  | { readonly ended: 'nothing-to-do' | 'declined'; readonly tree: StorageTree }
  | {
      readonly result: SweepResult;
      readonly clearance: Clearance;
      readonly prepared: Prepared;
      readonly tree: StorageTree;
      /** With `--delete`: additional free space on the tree's filesystem. Bytes. */
      readonly filesystemBytes?: number;
    };

/** @param more notes of the run */
export function changeReport(
  context: Context,
  { quarantine, approvals = [] }: ChangeRequest,
  outcome: Outcome,
  more: readonly string[],
  downtimeMs?: number,
): ChangeReport {
  const result = 'result' in outcome ? outcome.result : undefined;
  const stale: Stale = 'result' in outcome ? outcome.prepared.stale : NOTHING_STALE;
  return {
    schemaVersion: 1,
    root: outcome.tree.rootDirectory,
    command: context.command,
    state: stateOf(outcome),
    run: {
      id: result?.runId ?? null,
      startedAt: new Date(context.startedAtMs).toISOString(),
      durationMs: context.now() - context.startedAtMs,
      version: context.version,
      ...(downtimeMs === undefined ? {} : { downtimeMs }),
    },
    quarantine,
    ...(approvals.length > 0 ? { approvals } : {}),
    guard: 'result' in outcome ? outcome.clearance.state : null,
    ...(result?.state === 'rolled-back'
      ? { rolledBack: { putBack: result.rolledBack, ended: result.ended } }
      : {}),
    moved: movedOf(result),
    ...(result?.deleted === true ? { deleted: result.ended } : {}),
    bytes: result?.bytes ?? 0,
    diskBytes: result?.diskBytes ?? 0,
    folderDiskBytes: result?.folderDiskBytes ?? 0,
    ...('result' in outcome && outcome.filesystemBytes !== undefined
      ? { filesystemBytes: outcome.filesystemBytes }
      : {}),
    ...(context.tally.purged === undefined ? {} : { purged: context.tally.purged }),
    skippedCount: stale.count + (result?.skipped.count ?? 0),
    skipped: [...stale.samples, ...(result?.skipped.samples ?? [])].map(
      ({ action: { kind, path }, reason }) => ({
        kind,
        path: jsonName(path),
        ...rawPath(path),
        reason,
      }),
    ),
    ...('result' in outcome ? decidedRows(outcome.prepared, outcome.result) : {}),
    notes: [
      ...('result' in outcome
        ? notes(context, outcome.result, outcome.clearance, isEmptied(outcome.prepared))
        : []),
      ...('result' in outcome ? removalNotes(outcome.prepared) : []),
      ...('result' in outcome ? keptNotes(outcome.prepared) : []),
      ...(stale.unlisted === undefined ? [] : [stale.unlisted]),
      ...more,
    ],
  };
}

const isEmptied = ({ facts, totals }: Prepared): boolean =>
  facts.repositories.reduce((sum, { revisions }) => sum + revisions.node.length, 0) <=
  (totals.byKind.revision ?? 0);

/** The state is `partial` if some actions of the plan file were stale. */
function stateOf(outcome: Outcome): ChangeReport['state'] {
  if (!('result' in outcome)) return outcome.ended;
  const { result, prepared } = outcome;
  return result.state === 'done' && prepared.stale.count > 0 ? 'partial' : result.state;
}

function decidedRows(prepared: Prepared, { skipped, state }: SweepResult): Partial<ChangeReport> {
  const stayed = new Set(skipped.samples.map(({ action }) => action.path));
  const removed = state === 'done' || state === 'partial' ? removedBy(prepared, stayed) : undefined;
  return removed === undefined ? {} : { removed };
}

function movedOf(result: SweepResult | undefined): ChangeReport['moved'] {
  const entries = Object.entries(result?.moved ?? {}).filter(([, number]) => number > 0);
  return Object.fromEntries(entries);
}

/** @param isEmptied no image is left in the tree */
function notes(
  context: Context,
  result: SweepResult,
  { verdict }: Clearance,
  isEmptied: boolean,
): string[] {
  const lines: string[] = [];
  for (const { path, reason } of result.conflicts.samples) lines.push(`${path}: ${reason}`);
  const moved = Object.values(result.moved).reduce((sum, number) => sum + number, 0);
  if (moved > result.ended) {
    const run = `${whereOf(context.options)} --run ${result.runId}`;
    const undo = result.ended > 0 ? 'undo the rest: ' : 'undo it:        ';
    lines.push(`${undo}regsweep trash restore ${run}`);
    const allow = isEmptied ? ' --allow-empty-tree' : '';
    lines.push(
      `free the space: regsweep trash purge ${run}${allow}   # after ${QUARANTINE} in quarantine`,
    );
  }
  for (const { pid } of verdict.registries) {
    lines.push(
      `restart registry process ${pid} before it is writable again: it may have cached the removed blobs`,
    );
  }
  return lines;
}

export interface CompletedChange {
  readonly outcome: Outcome;
  readonly notes: readonly string[];
  /** Thrown after the result was printed. */
  readonly error: RegsweepError | undefined;
}
