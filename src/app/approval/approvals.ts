/** What each changing command has to show where the settings ask for approval. */

import type { ApprovalRow } from '../../report/model/common.js';
import { RegsweepError } from '../../util/errors.js';
import type { Context } from '../context.js';
import type { PlanSource } from '../plan/prepare/prepared.js';
import { whereOf } from '../where.js';
import { type Approvable, requireApproval } from './require-approval.js';

interface Change {
  readonly source?: PlanSource;
  readonly quarantine?: boolean;
  readonly purgeOlderThan?: number;
}

/**
 * Of `sweep`, `tidy` and `rm`. What a sweep purges first is no part of its plan.
 * @throws RegsweepError as `requireApproval`
 */
export async function approvalsOfChange(
  context: Context,
  { source, quarantine, purgeOlderThan }: Change,
): Promise<ApprovalRow[]> {
  if (purgeOlderThan !== undefined) await approvalsOfPurge(context, undefined);
  const { command, options } = context;
  const where = whereOf(options);
  const named = command === 'rm' ? 'WHAT --root ' : '';
  const making = command === 'sweep' ? `plan ${where}` : `${command} ${named}${where} --dry-run`;
  return requireApproval(context, {
    what: command,
    plan: source?.file,
    deletes: quarantine === false,
    remedies: [`regsweep ${making} -o FILE`, APPROVE, `regsweep sweep ${where} --plan FILE`],
  });
}

const APPROVE = 'regsweep plan approve FILE';

/** Of `trash purge`, and of `--purge-older-than`. @throws RegsweepError as `requireApproval` */
export async function approvalsOfPurge(
  context: Context,
  plan: Approvable | undefined,
): Promise<ApprovalRow[]> {
  const purge = `regsweep trash purge ${whereOf(context.options)}`;
  return requireApproval(context, {
    what: context.command === 'trash purge' ? 'trash purge' : '--purge-older-than',
    plan,
    deletes: true,
    remedies: [`${purge} --dry-run -o FILE`, APPROVE, `${purge} --plan FILE`],
  });
}

/** For a preview: who approved it, and what of it would refuse a run. */
export async function approvalsShown(
  find: () => Promise<ApprovalRow[]>,
): Promise<{ approvals: ApprovalRow[]; refused: RegsweepError[] }> {
  try {
    return { approvals: await find(), refused: [] };
  } catch (error) {
    if (error instanceof RegsweepError) return { approvals: [], refused: [error] };
    throw error;
  }
}
