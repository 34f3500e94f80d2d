/** How large the tree was at the last run, so that one that shrank since is noticed. */
import { mkdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Facts } from '../../facts/types.js';
import type { SweepState } from '../../sweep/index.js';
import { writeText } from '../../util/atomic-write.js';
import { errnoOf, RegsweepError } from '../../util/errors.js';

const schema = z.object({
  repositories: z.number().int().nonnegative(),
  manifests: z.number().int().nonnegative(),
});

export type HistoryRecord = z.infer<typeof schema>;

const pathOf = (state: SweepState): string => `${state.historyPath}/last.json`;

/** @throws RegsweepError `failed` where the record is there and can't be read */
export function lastRecord(state: SweepState): HistoryRecord | undefined {
  const path = pathOf(state);
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw new RegsweepError('failed', `${path} can't be read: ${(cause as Error).message}`, {
      path,
      cause,
      remedy: `look at the tree yourself, then remove ${path}`,
    });
  }
}

/** @param gone what the run itself takes away, at most: that is no shrinking */
export async function recordSize(
  state: SweepState,
  facts: Facts,
  gone: HistoryRecord,
): Promise<void> {
  mkdirSync(state.historyPath, { recursive: true, mode: 0o700 });
  const manifests = facts.repositories.reduce((sum, one) => sum + one.revisions.node.length, 0);
  const record = {
    at: new Date(facts.scannedAtMs).toISOString(),
    repositories: Math.max(0, facts.repositories.length - gone.repositories),
    manifests: Math.max(0, manifests - gone.manifests),
  };
  await writeText(pathOf(state), `${JSON.stringify(record)}\n`);
}
