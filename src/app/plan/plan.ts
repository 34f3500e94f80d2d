/** `plan`: the exact list of items that a sweep would remove. Changes nothing. */
import { statSync } from 'node:fs';
import { checkView } from '../../plan/check.js';
import { planLines } from '../../plan/file/codec.js';
import type { WrittenReport } from '../../report/model/model.js';
import { openState } from '../../sweep/index.js';
import { writeChunks } from '../../util/disk/atomic-write.js';
import { sha256 } from '../../util/sha256.js';
import { type Context, treeOf } from '../context.js';
import { requestOf } from './file/plan-file.js';
import { preparePlan } from './prepare/prepare-plan.js';
import type { PlanRequest, Prepared } from './prepare/prepared.js';

export const makePlan = (context: Context): Promise<Prepared> =>
  planFor(context, { ...requestOf(context), preview: true });

/** A plan outside of a changing command: to be shown or saved. */
export async function planFor(context: Context, request: PlanRequest): Promise<Prepared> {
  const tree = await treeOf(context);
  return preparePlan(context, tree, openState(tree, context.options.stateDir), request);
}

/** @throws RegsweepError `usage` if the file exists and `force` isn't set */
export async function writePlan(
  context: Context,
  prepared: Prepared,
  file: string,
  force: boolean,
): Promise<WrittenReport> {
  await writeChunks(file, planFileLines(context, prepared), force);
  const { header, totals } = prepared;
  const { size: bytes } = statSync(file);
  return { schemaVersion: 1, root: header.root, file, bytes, id: header.id, totals };
}

/**
 * Writes a plan file: a header, an action per line, a trailer with count, totals and hash.
 * @throws RegsweepError `facts-refused` if the scan is incomplete, because listed items may then be
 *   in use
 */
export function* planFileLines(
  { startedAtMs, version }: Context,
  { header, totals, listed, facts, actions }: Prepared,
): Generator<string> {
  checkView(facts, actions);
  const createdAt = new Date(startedAtMs).toISOString();
  const run = { createdAt, version };
  for (const line of planLines(header, run, totals, listed(), sha256)) yield `${line}\n`;
}
