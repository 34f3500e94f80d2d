/**
 * The first steps of every command that changes a tree: take the lock, recover interrupted runs.
 */
import { acquireLock, recoverNonce } from '../../guard/index.js';
import type { Evidence } from '../../guard/model/types.js';
import { count } from '../../report/style.js';
import { printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import {
  AuditLog,
  openState,
  prepareState,
  type RecoveryReport,
  recover,
  releaseReserve,
  requireSameProject,
  requireSameVolume,
  type SweepState,
} from '../../sweep/index.js';
import { formatDuration } from '../../util/duration.js';
import { messageOf } from '../../util/errors.js';
import type { Context } from '../context.js';
import { checkFolderPermissions } from './folder-permissions.js';

export interface Session {
  readonly tree: StorageTree;
  readonly state: SweepState;
  readonly audit: AuditLog;
  /**
   * Recovers interrupted runs, once the guard allows it. It was already done unless it was put off.
   */
  settle(): void;
}

/**
 * @param putOff the registry still serves, so `settle` is called later
 * @throws RegsweepError `locked`; the errors of an unusable state folder or journal
 */
export async function withSession<T>(
  context: Context,
  tree: StorageTree,
  work: (session: Session) => Promise<T>,
  putOff = false,
): Promise<T> {
  for (const warning of checkFolderPermissions(tree, context.options.stateDir))
    context.log.warn(warning);
  openState(tree, context.options.stateDir); // Nothing is created in a folder of another user.
  if (!tree.viaSymlink) requireSameVolume(tree);
  const lock = await acquireLock(tree, context.command);
  try {
    const state = prepareState(tree, context.options.stateDir);
    if (['sweep', 'tidy', 'rm'].includes(context.command)) requireSameProject(tree);
    const isWayOut = context.command.startsWith('trash ');
    const giveRoom = (): void => releaseReserve(state.home);
    const audit = new AuditLog(state.auditPath, state.auditAnchorPath, giveRoom, isWayOut);
    try {
      audit.append({ event: 'command', ...identity(context) });
      recoverNonce(tree);
      const settle = (): void => tellSettled(context, audit, recover(state));
      if (!putOff) settle();
      return await work({ tree, state, audit, settle });
    } finally {
      anchor(context, audit);
      if (audit.lacking > 0) {
        context.log.warn(
          `the disk is full; missing from the audit log: ${count(audit.lacking, 'line')}`,
        );
      }
      audit.close();
    }
  } finally {
    await lock.release();
  }
}

/**
 * The run itself has succeeded. So an anchor that can't be written is a note, and not a failure.
 */
function anchor(context: Context, audit: AuditLog): void {
  try {
    audit.anchor();
  } catch (error) {
    context.log.warn(`the length of the audit log was not recorded: ${messageOf(error)}`);
  }
}

function identity({ command, version }: Context): Record<string, unknown> {
  const user = process.env.SUDO_USER ?? process.env.USER ?? '';
  return { command, version, pid: process.pid, uid: process.getuid?.() ?? -1, user };
}

function tellSettled(context: Context, audit: AuditLog, { runs, damaged }: RecoveryReport): void {
  for (const { runId, problem } of damaged) {
    // A journal of another tree decides nothing, and nothing is changed beside it.
    if (problem.code === 'plan-refused' && !isNamed(context, runId)) throw problem;
    context.log.warn(`run ${runId} is ignored, unless trash restore names it: ${problem.message}`);
  }
  for (const { runId, places, lost, conflicts } of runs) {
    audit.append({ event: 'settled', run: runId, places, lost: lost.length });
    context.log.note(`run ${runId} was interrupted; its journal has been recovered`);
    for (const { path, reason } of conflicts) context.log.warn(`${printable(path)}: ${reason}`);
    for (const path of lost) {
      context.log.warn(`${printable(path)} is missing from both the tree and the quarantine`);
    }
  }
}

/** A run of another tree is restored by its paths, if it is named. */
const isNamed = ({ command, options }: Context, runId: string): boolean =>
  command === 'trash restore' && options.run.includes(runId);

/** Shorter waits are not announced. Seconds. */
const NOTICEABLE = 1;

/** Called after the plan: the guard waits for the end of the quiet window, and looks again. */
export function tellSecondLook({ progress }: Context): void {
  progress.update({ stage: 'Checking again that nobody writes to the registry' });
}

/** Called before the guard's clearance, which takes at least the quiet window. */
export function tellQuietWindow({ log, options: { quietWindow } }: Context): void {
  if (quietWindow < NOTICEABLE) return;
  log.note(`Checking that nobody writes to the registry (${formatDuration(quietWindow)})`);
}

/** Bystanders that the settings file accepts are shown and recorded for each run. */
export function tellBystanders(
  context: Context,
  audit: AuditLog,
  evidence: readonly Evidence[],
): void {
  for (const { message, pid } of evidence.filter(({ kind }) => kind === 'bystander')) {
    context.log.warn(message);
    audit.append({ event: 'bystander', message, ...(pid === undefined ? {} : { pid }) });
  }
}
