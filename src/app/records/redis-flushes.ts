/** Which quarantined runs a registry's Redis may still remember; beside the journals, in history. */
import { mkdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { runIds, type SweepState } from '../../sweep/index.js';
import { writeText } from '../../util/atomic-write.js';
import { errnoOf, RegsweepError } from '../../util/errors.js';

const schema = z.object({
  schemaVersion: z.literal(1),
  /** By run: when Redis was made to forget it (RFC 3339), or null. */
  runs: z.record(z.string(), z.object({ flushedAt: z.string().nullable() })),
});

type Runs = z.infer<typeof schema>['runs'];

const pathOf = (state: SweepState): string => `${state.historyPath}/redis.json`;

/** @returns `flushed`, `due`, or undefined where no Redis was known of when it ran */
export function flushStateOf(state: SweepState, runId: string): 'flushed' | 'due' | undefined {
  const run = readRuns(state)[runId];
  return run === undefined ? undefined : run.flushedAt === null ? 'due' : 'flushed';
}

/** Also drops the runs that are gone. */
export async function recordFlush(
  state: SweepState,
  runs: readonly string[],
  flushed: boolean,
): Promise<void> {
  const flushedAt = flushed ? new Date().toISOString() : null;
  const now = { ...readRuns(state), ...Object.fromEntries(runs.map((id) => [id, { flushedAt }])) };
  const there = new Set([...runIds(state), ...runs]);
  const kept = Object.fromEntries(Object.entries(now).filter(([id]) => there.has(id)));
  mkdirSync(state.historyPath, { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify({ schemaVersion: 1, runs: kept })}\n`;
  await writeText(pathOf(state), text);
}

function readRuns(state: SweepState): Runs {
  const path = pathOf(state);
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8'))).runs;
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return {};
    throw new RegsweepError('failed', `${path} can't be read: ${(cause as Error).message}`, {
      path,
      cause,
      remedy: `it tells what Redis may remember; remove ${path} once its blobs::* keys are deleted`,
    });
  }
}
