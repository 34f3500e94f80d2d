/** A plan is carried out where a person whom root has named has signed it, and not long ago. */

import { readFileSync, statSync } from 'node:fs';
import type { ApprovalRow } from '../../report/model/common.js';
import { formatDuration } from '../../util/duration.js';
import { errnoOf, RegsweepError } from '../../util/errors.js';
import { requireRootOwned } from '../../util/root-owned.js';
import { shellWord } from '../../util/shell-quote.js';
import type { Context } from '../context.js';
import type { ApprovalRule } from './rule.js';
import { verifySignature } from './ssh-keygen.js';
import { parseSignatures, type SignedStatement, signatureFileOf } from './statement.js';

/** Clocks of two hosts differ a little. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/** A plan that was read from a file. */
export interface Approvable {
  readonly path: string;
  readonly sha256: string;
}

export interface Asked {
  /** The command or the option, for the message. */
  readonly what: string;
  /** None if the command line itself selects the items. */
  readonly plan: Approvable | undefined;
  /** Without quarantine. */
  readonly deletes: boolean;
  /** How to come by such a plan. */
  readonly remedies: readonly string[];
}

/**
 * @returns who approved it; nobody where the settings don't ask for it
 * @throws RegsweepError `plan-refused`; `usage` where others than root can write the list of
 *   signers; `failed` where `ssh-keygen` is missing
 */
export async function requireApproval(
  { options: { approval: rule }, now }: Pick<Context, 'options' | 'now'>,
  { what, plan, deletes, remedies }: Asked,
): Promise<ApprovalRow[]> {
  if (rule === undefined) return [];
  if (plan === undefined) {
    const why = `${what} needs a plan that a second person has approved`;
    throw refused(`${why} (${rule.source}: approval)`, remedies);
  }
  const approvals = readApprovals(plan);
  requireRootOwned(
    rule.allowedSigners,
    signersStat(rule),
    `${rule.allowedSigners} lists the people who may approve plans`,
  );
  const accepted: ApprovalRow[] = [];
  const problems: string[] = [];
  for (const approval of approvals) {
    const why =
      obstacleTo(approval, plan, deletes, rule, now()) ?? (await signerOf(approval, rule));
    if (typeof why === 'string') problems.push(why);
    else accepted.push(why);
  }
  if (accepted.length > 0) return accepted;
  throw refused(`${plan.path} has no valid approval: ${problems.join('; ')}`, [
    `regsweep plan approve ${shellWord(plan.path)}${deletes ? ' --delete' : ''}`,
  ]);
}

function readApprovals(plan: Approvable): SignedStatement[] {
  const path = signatureFileOf(plan.path);
  let content = '';
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') {
      throw new RegsweepError('failed', `${path}: ${(error as Error).message}`, { path });
    }
  }
  const approvals = parseSignatures(content, path);
  if (approvals.length > 0) return approvals;
  throw refused(`${plan.path} is not approved: there is no ${path}`, [
    `regsweep plan approve ${shellWord(plan.path)}`,
  ]);
}

function signersStat({ allowedSigners: path, source }: ApprovalRule) {
  try {
    return statSync(path);
  } catch (cause) {
    throw new RegsweepError('usage', `${path}: ${(cause as Error).message}`, {
      path,
      cause,
      remedy: `give a list of signers in ${source}: approval.allowedSigners`,
    });
  }
}

/** What the statement itself says against it. */
function obstacleTo(
  { statement }: SignedStatement,
  { sha256 }: Approvable,
  deletes: boolean,
  { validFor }: ApprovalRule,
  nowMs: number,
): string | undefined {
  const { approvedAt, plan } = statement;
  if (plan !== sha256) {
    return 'an approval is for another plan, or for this one before it was changed';
  }
  const ageMs = nowMs - Date.parse(approvedAt);
  if (ageMs < -CLOCKS_DIFFER_MS) return `an approval is from the future: ${approvedAt}`;
  if (ageMs > validFor * 1000) {
    return `the approval of ${approvedAt} was valid for ${formatDuration(validFor)}`;
  }
  if (deletes && !statement.delete) {
    return 'it was approved for quarantine, and not for --delete';
  }
  return undefined;
}

async function signerOf(
  approval: SignedStatement,
  { allowedSigners }: ApprovalRule,
): Promise<ApprovalRow | string> {
  const signer = await verifySignature(approval, allowedSigners);
  if ('why' in signer) return `the signer is not in ${allowedSigners}: ${signer.why}`;
  const { approvedAt, delete: deletes } = approval.statement;
  return { by: signer.principal, key: signer.key, approvedAt, delete: deletes };
}

const refused = (message: string, remedies: readonly string[]): RegsweepError =>
  new RegsweepError('plan-refused', message, { remedy: remedies.join('\n') });
