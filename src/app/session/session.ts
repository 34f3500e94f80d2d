/** What every changing command does first: lock the tree, settle what a killed run left. */
import { acquireLock, recoverNonce } from '../../guard/index.js';
import type { Evidence } from '../../guard/model/types.js';
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
  /** Settles what a killed run left, once the guard allows it; done already unless put off. */
  settle(): void;
}

/**
 * @param putOff the tree is still being served: `settle` is called later
 * @throws RegsweepError `locked`, or what the state folder or a journal is refused for
 */
export async function withSession<T>(
  context: Context,
  tree: StorageTree,
  work: (session: Session) => Promise<T>,
  putOff = false,
): Promise<T> {
  for (const warning of checkFolderPermissions(tree, context.options.stateDir))
    context.log.warn(warning);
  openState(tree, context.options.stateDir); // nothing is made in a folder that isn't ours
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
        context.log.warn(`the disk is full: ${audit.lacking} lines are missing from the audit log`);
      }
      audit.close();
    }
  } finally {
    await lock.release();
  }
}

/** What was done is done: an anchor that can't be written is told, and is no failure. */
function anchor(context: Context, audit: AuditLog): void {
  try {
    audit.anchor();
  } catch (error) {
    context.log.warn(`the audit log is not anchored: ${messageOf(error)}`);
  }
}

function identity({ command, version }: Context): Record<string, unknown> {
  const user = process.env.SUDO_USER ?? process.env.USER ?? '';
  return { command, version, pid: process.pid, uid: process.getuid?.() ?? -1, user };
}

function tellSettled(context: Context, audit: AuditLog, { runs, damaged }: RecoveryReport): void {
  for (const { runId, problem } of damaged) {
    // Another tree's: nothing is decided by it, and nothing is changed beside it.
    if (problem.code === 'plan-refused' && !isNamed(context, runId)) throw problem;
    context.log.warn(`run ${runId} is left out unless trash restore names it: ${problem.message}`);
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

/** A run that isn't this tree's comes back by its paths, when it is asked for. */
const isNamed = ({ command, options }: Context, runId: string): boolean =>
  command === 'trash restore' && options.run.includes(runId);

/** Shorter waits need no word. */
const NOTICEABLE = 1;

/** Called after the plan: the guard waits for the end of the quiet window, and looks again. */
export function tellSecondLook({ progress }: Context): void {
  progress.update({ stage: 'Checking again that nobody writes to the registry' });
}

/** Before the guard's clearance, which takes at least the quiet window. */
export function tellQuietWindow({ log, options: { quietWindow } }: Context): void {
  if (quietWindow < NOTICEABLE) return;
  log.note(`Checking that nobody writes to the registry (${formatDuration(quietWindow)})`);
}

/** Those who were let by on the word of the settings file are shown and written down each time. */
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
