/** The size of the tree at the last run, to detect a tree that shrank. */
import { z } from 'zod';
import type { Facts } from '../../facts/types.js';
import type { SweepState } from '../../sweep/index.js';
import { readStateFile, writeStateFile } from './state-file.js';

const schema = z.object({
  repositories: z.number().int().nonnegative(),
  manifests: z.number().int().nonnegative(),
});

export type HistoryRecord = z.infer<typeof schema>;

const pathOf = (state: SweepState): string => `${state.historyPath}/last.json`;

/** @throws RegsweepError `failed` if the record exists and can't be read */
export function lastRecord(state: SweepState): Promise<HistoryRecord | undefined> {
  const path = pathOf(state);
  return readStateFile(path, schema, `check that the tree is complete, then remove ${path}`);
}

/** @param gone the most that the run itself removes, which doesn't count as shrinking */
export async function recordSize(
  state: SweepState,
  facts: Facts,
  gone: HistoryRecord,
): Promise<void> {
  const manifests = facts.repositories.reduce((sum, one) => sum + one.revisions.node.length, 0);
  const record = {
    at: new Date(facts.scannedAtMs).toISOString(),
    repositories: Math.max(0, facts.repositories.length - gone.repositories),
    manifests: Math.max(0, manifests - gone.manifests),
  };
  await writeStateFile(pathOf(state), record);
}
