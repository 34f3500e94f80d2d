/**
 * `audit verify`: checks that each line of the log has the hash of the line before. `audit rotate`.
 */
import type { AuditReport } from '../../report/model/model.js';
import { AuditLog, type AuditVerdict, openState } from '../../sweep/index.js';
import { type Context, treeOf } from '../context.js';
import { type Session, withSession } from '../session/session.js';

export async function verifyAudit(context: Context): Promise<AuditReport> {
  const tree = await treeOf(context);
  const { auditPath, auditAnchorPath } = openState(tree, context.options.stateDir);
  const verdict = new AuditLog(auditPath, auditAnchorPath).verify();
  const { ok, lines, torn } = verdict;
  return {
    schemaVersion: 1,
    root: tree.rootDirectory,
    ok,
    lines,
    torn,
    ...(ok ? {} : { problem: problemOf(verdict, auditPath, auditAnchorPath) }),
  };
}

function problemOf(
  { lines, brokenAt, anchored, path: broken }: AuditVerdict,
  auditPath: string,
  anchorPath: string,
): string {
  const path = broken ?? auditPath;
  if (anchored === 'damaged')
    return `${anchorPath}, which records the length of the log, is damaged`;
  if (anchored === undefined)
    return `line ${brokenAt} of ${path} does not have the hash of the line before`;
  if (lines === 0) return `${path} is missing or empty: it should have ${anchored} lines`;
  if (lines < anchored) return `${path} ends after line ${lines}: it should have ${anchored} lines`;
  return `line ${anchored} of ${path} was changed`;
}

/**
 * Starts a new file of the log. Its first line names the old file and the hash of its last line.
 */
export async function rotateAudit(context: Context): Promise<AuditReport> {
  const tree = await treeOf(context);
  const work = async ({ audit, state }: Session): Promise<AuditReport> => {
    const rotatedTo = audit.rotate();
    const { ok, lines, torn } = new AuditLog(state.auditPath, state.auditAnchorPath).verify();
    return { schemaVersion: 1, root: tree.rootDirectory, ok, lines, torn, rotatedTo };
  };
  // An interrupted run is recovered by the next command that changes the tree.
  return withSession(context, tree, work, true);
}
