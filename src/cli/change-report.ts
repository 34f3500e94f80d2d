/** The result of a changing command, with what the user should know or do next. */
import type { Clearance } from '../guard/types.js';
import type { ChangeReport } from '../report/model.js';
import { jsonName, rawPath } from '../report/names.js';
import type { StorageTree } from '../storage/port.js';
import type { SweepResult } from '../sweep/index.js';
import type { ChangeRequest } from './change.js';
import type { Context } from './context.js';
import { optionSpec } from './options.js';
import type { Prepared } from './planning.js';
import { removalNotes, removedBy } from './removal.js';

/** How long `trash purge` asks a run to have lain, unless told otherwise. */
const QUARANTINE = optionSpec('min-age').default;

export type Outcome =
  | { readonly ended: 'nothing-to-do' | 'declined'; readonly tree: StorageTree }
  | {
      readonly result: SweepResult;
      readonly clearance: Clearance;
      readonly prepared: Prepared;
      readonly tree: StorageTree;
    };

/** @param more notes of what the run did besides */
export function changeReport(
  context: Context,
  { quarantine }: ChangeRequest,
  outcome: Outcome,
  more: readonly string[],
  downtimeMs?: number,
): ChangeReport {
  const result = 'result' in outcome ? outcome.result : undefined;
  return {
    schemaVersion: 1,
    root: outcome.tree.rootDirectory,
    command: context.command,
    state: 'result' in outcome ? outcome.result.state : outcome.ended,
    run: {
      id: result?.runId ?? null,
      startedAt: new Date(context.startedAtMs).toISOString(),
      durationMs: Date.now() - context.startedAtMs,
      version: context.version,
      ...(downtimeMs === undefined ? {} : { downtimeMs }),
    },
    quarantine,
    guard: 'result' in outcome ? outcome.clearance.state : null,
    moved: movedOf(result),
    bytes: result?.bytes ?? 0,
    diskBytes: result?.diskBytes ?? 0,
    skippedCount: result?.skipped.count ?? 0,
    skipped: (result?.skipped.samples ?? []).map(({ action: { kind, path }, reason }) => ({
      kind,
      path: jsonName(path),
      ...rawPath(path),
      reason,
    })),
    ...('result' in outcome ? decidedRows(outcome.prepared, outcome.result) : {}),
    notes: [
      ...('result' in outcome ? notes(context, outcome.result, outcome.clearance) : []),
      ...('result' in outcome ? removalNotes(outcome.prepared) : []),
      ...more,
    ],
  };
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

function notes(context: Context, result: SweepResult, { verdict }: Clearance): string[] {
  const lines: string[] = [];
  if (result.rolledBack > 0) lines.push(`${result.rolledBack} items were put back`);
  for (const { path, reason } of result.conflicts.samples) lines.push(`${path}: ${reason}`);
  if (!result.deleted && Object.values(result.moved).some((number) => number > 0)) {
    const { root } = context.settings;
    lines.push(`undo it:        regsweep trash restore ${root} --run ${result.runId}`);
    lines.push(
      `free the space: regsweep trash purge ${root} --run ${result.runId} (after ${QUARANTINE} in quarantine)`,
    );
  }
  for (const { pid } of verdict.registries) {
    lines.push(`restart registry process ${pid} before it is writable again: it remembers blobs`);
  }
  return lines;
}
