/** Which quarantined runs may still be cached in a registry's Redis. The file is in `history`. */
import { z } from 'zod';
import { runIds, type SweepState } from '../../sweep/index.js';
import type { Context } from '../context.js';
import { readStateFile, writeStateFile } from './state-file.js';

const schema = z.object({
  schemaVersion: z.literal(1),
  /** By run: the time of its flush (RFC 3339), or null. */
  runs: z.record(z.string(), z.object({ flushedAt: z.string().nullable() })),
});

type Runs = z.infer<typeof schema>['runs'];

const pathOf = (state: SweepState): string => `${state.historyPath}/redis.json`;

/** By run: `flushed`, `due`, or undefined if no Redis was known when it ran. */
export async function flushStates(
  state: SweepState,
): Promise<(runId: string) => 'flushed' | 'due' | undefined> {
  const runs = await readRuns(state);
  return (runId) => {
    const run = runs[runId];
    return run === undefined ? undefined : run.flushedAt === null ? 'due' : 'flushed';
  };
}

/** Also drops the runs that no longer exist. */
export async function recordFlush(
  { now: nowMs }: Pick<Context, 'now'>,
  state: SweepState,
  runs: readonly string[],
  flushed: boolean,
): Promise<void> {
  const flushedAt = flushed ? new Date(nowMs()).toISOString() : null;
  const now = {
    ...(await readRuns(state)),
    ...Object.fromEntries(runs.map((id) => [id, { flushedAt }])),
  };
  const there = new Set([...runIds(state), ...runs]);
  const kept = Object.fromEntries(Object.entries(now).filter(([id]) => there.has(id)));
  await writeStateFile(pathOf(state), { schemaVersion: 1, runs: kept });
}

async function readRuns(state: SweepState): Promise<Runs> {
  const path = pathOf(state);
  const remedy = `delete the blobs::* keys in Redis, then remove ${path}`;
  return (await readStateFile(path, schema, remedy))?.runs ?? {};
}
