/** `plan`: the exact list of what a sweep would remove; nothing is changed. */
import { planLines } from '../../plan/codec.js';
import { openState } from '../../sweep/index.js';
import { sha256 } from '../../util/sha256.js';
import { type Context, treeOf } from '../context.js';
import { requestOf } from './plan-file.js';
import { type Prepared, preparePlan } from './prepare-plan.js';

export async function makePlan(context: Context): Promise<Prepared> {
  const tree = await treeOf(context);
  const state = openState(tree, context.options.stateDir);
  return preparePlan(context, tree, state, requestOf(context));
}

/** A plan file: a header, an action a line, a trailer with count, totals and hash. */
export function* planFileLines(
  { startedAtMs, version }: Context,
  { header, items }: Prepared,
): Generator<string> {
  const createdAt = new Date(startedAtMs).toISOString();
  for (const line of planLines(header, { createdAt, version }, items(), sha256)) yield `${line}\n`;
}
