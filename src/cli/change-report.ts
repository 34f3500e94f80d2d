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

export function changeReport(
  context: Context,
  { quarantine }: ChangeRequest,
  outcome: Outcome,
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
    notes: 'result' in outcome ? notes(context, outcome.result, outcome.clearance) : [],
  };
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
  lines.push(...cacheNotes(context));
  return lines;
}

function cacheNotes({ settings }: Context): string[] {
  const cache = settings.registryConfig?.descriptorCache;
  if (cache === 'inmemory') {
    return ['its cache of blobs is in memory: a registry started before this run needs a restart'];
  }
  if (cache !== 'redis') return [];
  return [
    'its cache of blobs is in Redis and outlives a restart: delete the keys blobs::<digest> and ' +
      'repository::<name>::blobs* of what went before the registry is writable again',
  ];
}
