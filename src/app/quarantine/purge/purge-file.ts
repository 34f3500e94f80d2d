/** A saved purge plan: writes it, and selects the part that is still valid. */

import { statSync } from 'node:fs';
import {
  type PurgeFile,
  type PurgeHeader,
  type PurgeRow,
  purgeHeader,
  purgeLines,
  purgeTotals,
  readPurgePlan,
} from '../../../plan/file/purge-plan.js';
import { hex } from '../../../plan/file/sealed-lines.js';
import type { WrittenReport } from '../../../report/model/model.js';
import {
  type Conflict,
  listRuns,
  openState,
  type RunSummary,
  type SweepState,
  trashItemsOf,
} from '../../../sweep/index.js';
import { writeChunks } from '../../../util/disk/atomic-write.js';
import { RegsweepError, usageError } from '../../../util/errors.js';
import { sha256 } from '../../../util/sha256.js';
import { type Context, treeOf } from '../../context.js';
import { readLines } from '../../plan/file/read-lines.js';
import { chooseRuns, requireRuns } from '../choose-runs.js';

export interface SavedPurge {
  readonly header: PurgeHeader;
  readonly rows: readonly PurgeRow[];
}

/**
 * The runs that a purge would delete now. Items that are needed again are found only during the
 * purge.
 */
export async function savedPurge(
  context: Context,
): Promise<{ purge: SavedPurge; notes: readonly string[] }> {
  const tree = await treeOf(context);
  const { run, stateDir } = context.options;
  const state = openState(tree, stateDir);
  const choice = { run, minAge: purgeAge(context) };
  const all = listRuns(state);
  requireRuns(
    context.options,
    all.map(({ runId }) => runId),
  );
  const { runs, notes } = chooseRuns(all, choice, { state: 'stopped' }, context.startedAtMs);
  const rows = runs.map((one) => ({
    id: one.runId,
    startedAt: one.startedAt ?? null,
    items: one.items,
    bytes: one.bytes,
    diskBytes: one.diskBytes,
    sha256: hashOfRun(state, one.runId),
  }));
  const { filesystemId, inode, rootDirectory } = tree;
  const header = purgeHeader(rootDirectory, { filesystemId, inode }, rows, sha256);
  return { purge: { header, rows }, notes };
}

/** Minimum time in quarantine, in seconds. */
export const purgeAge = ({ options }: Pick<Context, 'options'>): number =>
  Math.max(options.minAge, options.olderThan ?? 0);

export function* purgeFileLines(
  { startedAtMs, version }: Context,
  { header, rows }: SavedPurge,
): Generator<string> {
  const run = { createdAt: new Date(startedAtMs).toISOString(), version };
  for (const line of purgeLines(header, run, rows, sha256)) yield `${line}\n`;
}

/** @throws RegsweepError `usage` if the file exists and `force` isn't set */
export async function writePurge(
  context: Context,
  purge: SavedPurge,
  file: string,
  force: boolean,
): Promise<WrittenReport> {
  await writeChunks(file, purgeFileLines(context, purge), force);
  const { id, root } = purge.header;
  const { size: bytes } = statSync(file);
  return { schemaVersion: 1, root, file, bytes, id, totals: purgeTotals(purge.rows) };
}

/** @throws RegsweepError `plan-refused`; `usage` if the file can't be read, or with `--run` */
export async function purgeFileOf({ options }: Context): Promise<PurgeFile | undefined> {
  const { plan: path, run } = options;
  if (path === undefined) return undefined;
  if (run.length > 0) throw usageError('--run can’t be used with --plan: the plan names the runs');
  return readLines(path, '--plan', (lines) => readPurgePlan(lines, path, sha256));
}

/**
 * The quarantined runs that the file lists and that have not changed.
 * @throws RegsweepError `plan-refused` if none is left
 */
export function listedRuns(
  state: SweepState,
  all: readonly RunSummary[],
  { rows }: Pick<PurgeFile, 'rows'>,
): { runs: RunSummary[]; stale: Conflict[] } {
  const stale: Conflict[] = [];
  const runs = rows.flatMap(({ id, sha256: planned }) => {
    const run = all.find(({ runId }) => runId === id);
    const why =
      run === undefined
        ? 'it is no longer in quarantine'
        : isIntact(run) && hashOfRun(state, id) !== planned
          ? 'it has changed since the plan was made'
          : undefined;
    if (why !== undefined) stale.push({ path: id, reason: why });
    return run === undefined || why !== undefined ? [] : [run];
  });
  if (rows.length > 0 && runs.length === 0) {
    throw new RegsweepError('plan-refused', 'no run of the plan can be purged: the plan is stale', {
      remedy: 'make a new plan:\nregsweep trash purge --dry-run -o FILE',
    });
  }
  return { runs, stale };
}

/** Every purge skips damaged runs, also those in a plan. */
const isIntact = ({ state }: RunSummary): boolean => state !== 'no-journal' && state !== 'damaged';

function hashOfRun(state: SweepState, runId: string): string {
  const hash = sha256();
  for (const { kind, path, digest } of trashItemsOf(state, runId)) {
    hash.update(`${JSON.stringify([kind, path, digest ?? ''])}\n`);
  }
  return hex(hash.digest());
}
