/** A purge that is saved for review, and what of it can still be done later. */

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
import { chooseRuns } from '../choose-runs.js';

export interface SavedPurge {
  readonly header: PurgeHeader;
  readonly rows: readonly PurgeRow[];
}

/** Which runs a purge would take now; what of them is needed again is only seen when it is done. */
export async function savedPurge(
  context: Context,
): Promise<{ purge: SavedPurge; notes: readonly string[] }> {
  const tree = await treeOf(context);
  const { run, stateDir } = context.options;
  const state = openState(tree, stateDir);
  const choice = { run, minAge: purgeAge(context) };
  const { runs, notes } = chooseRuns(
    listRuns(state),
    choice,
    { state: 'stopped' },
    context.startedAtMs,
  );
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

/** Seconds that a run must have lain in quarantine. */
export const purgeAge = ({ options }: Pick<Context, 'options'>): number =>
  Math.max(options.minAge, options.olderThan ?? 0);

export function* purgeFileLines(
  { startedAtMs, version }: Context,
  { header, rows }: SavedPurge,
): Generator<string> {
  const run = { createdAt: new Date(startedAtMs).toISOString(), version };
  for (const line of purgeLines(header, run, rows, sha256)) yield `${line}\n`;
}

/** @throws RegsweepError `usage` where the file is there already and `force` isn't set */
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

/** @throws RegsweepError `plan-refused`; `usage` where the file can't be read, or beside `--run` */
export async function purgeFileOf({ options }: Context): Promise<PurgeFile | undefined> {
  const { plan: path, run } = options;
  if (path === undefined) return undefined;
  if (run.length > 0) throw usageError('--run and --plan do not go together: the plan names runs');
  return readLines(path, '--plan', (lines) => readPurgePlan(lines, path, sha256));
}

/**
 * Of the runs in quarantine those that the file lists, as long as they are as they were.
 * @throws RegsweepError `plan-refused` where none is left
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
    throw new RegsweepError('plan-refused', 'nothing of the plan can still be done: it is stale', {
      remedy: 'make a new one:\nregsweep trash purge --dry-run -o FILE',
    });
  }
  return { runs, stale };
}

/** What can't be read is left by every purge, whoever lists it. */
const isIntact = ({ state }: RunSummary): boolean => state !== 'no-journal' && state !== 'damaged';

function hashOfRun(state: SweepState, runId: string): string {
  const hash = sha256();
  for (const { kind, path, digest } of trashItemsOf(state, runId)) {
    hash.update(`${JSON.stringify([kind, path, digest ?? ''])}\n`);
  }
  return hex(hash.digest());
}
