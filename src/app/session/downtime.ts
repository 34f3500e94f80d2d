/** `--stop-command` and `--start-command`: stops the registry while its tree changes. */

import { setTimeout as sleep } from 'node:timers/promises';
import { refusal } from '../../guard/index.js';
import type { EvidenceKind, Verdict } from '../../guard/model/types.js';
import { printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import type { AuditLog } from '../../sweep/index.js';
import { formatDuration } from '../../util/duration.js';
import { RegsweepError } from '../../util/errors.js';
import { type Context, endIfInterrupted } from '../context.js';
import { inspectTree } from './inspect-tree.js';
import {
  type CommandOutcome,
  runAlsoIfWeEnd,
  runShell,
  type WaitingCommand,
} from './service-command.js';
import type { Session } from './session.js';

export interface Downtime<T> {
  /** The result of the work. */
  readonly work: { readonly value: T } | { readonly error: unknown };
  /**
   * From the start of the stop command to the end of the start command; undefined if nothing had to
   * be stopped. ms
   */
  readonly downtimeMs: number | undefined;
  readonly startError: RegsweepError | undefined;
}

/** Evidence that stopping a registry doesn't remove. */
const INCURABLE: readonly EvidenceKind[] = [
  'view',
  'foreign-metadata',
  'filesystem',
  'export',
  'nested-mount',
];

/** Time that a registry has to end after the stop command has returned. ms */
const GOING_MS = 10_000;
const LOOK_EVERY_MS = 200;

/** @throws RegsweepError `guard-refused` for evidence that a stop doesn't remove */
export function requireCurable(tree: StorageTree, verdict: Verdict): void {
  const against = verdict.evidence.filter(
    ({ bearing, kind }) => bearing === 'against' && INCURABLE.includes(kind),
  );
  if (against.length > 0) throw refusal(tree, { ...verdict, evidence: against });
}

/**
 * Stops, works, starts. Once the stop has begun, the start command always runs, even if this
 * process is killed. If no process used the tree before, neither command runs.
 * @param work gets the guard's verdict after the stop; it isn't called if that is a refusal
 */
export async function withDowntime<T>(
  context: Context,
  session: Session,
  work: (verdict: Verdict) => Promise<T>,
): Promise<Downtime<T>> {
  const { tree, audit } = session;
  const before = await inspectTree(context, tree);
  requireCurable(tree, before);
  endIfInterrupted(context);
  if (before.state === 'stopped') {
    context.log.note('no process uses the tree: nothing to stop or to start');
    return {
      work: await outcomeOf(() => work(before)),
      downtimeMs: undefined,
      startError: undefined,
    };
  }
  const { startCommand } = context.options;
  const begin = performance.now();
  const waiting = startCommand === undefined ? undefined : runAlsoIfWeEnd(startCommand);
  const done = await outcomeOf(async () => {
    await stop(context, audit, waiting);
    return work(await seenStopped(context, tree));
  });
  const startError = await start(context, audit, waiting);
  const downtimeMs = Math.round(performance.now() - begin);
  context.log.note(
    startCommand === undefined
      ? 'no --start-command was given: the registry is not started again'
      : `the registry was down for ${formatDuration(downtimeMs / 1000)}`,
  );
  return { work: done, downtimeMs, startError };
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<Downtime<T>['work']> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

async function stop(
  context: Context,
  audit: AuditLog,
  waiting: WaitingCommand | undefined,
): Promise<void> {
  const command = context.options.stopCommand!;
  const run = (timeoutMs: number) =>
    runShell(command, timeoutMs, (pid) => waiting?.behind(pid, timeoutMs));
  const outcome = await execute(context, audit, 'stop', command, run);
  waiting?.behind(0, 0);
  if (!outcome.ok) {
    throw new RegsweepError(
      'failed',
      `the stop command failed (${outcome.how}), so nothing was changed: ${printable(command)}`,
      { remedy: '--command-timeout gives it more time' },
    );
  }
  endIfInterrupted(context);
}

/**
 * @param waiting the start command, prepared to run now or at our end
 * @returns the error if the start command failed; it is reported in addition to the work's result
 */
async function start(
  context: Context,
  audit: AuditLog,
  waiting: WaitingCommand | undefined,
): Promise<RegsweepError | undefined> {
  const command = context.options.startCommand;
  if (command === undefined || waiting === undefined) return undefined;
  const run = (timeoutMs: number) => waiting.run(timeoutMs);
  const { ok, how } = await execute(context, audit, 'start', command, run);
  if (ok) return undefined;
  const message = `THE START COMMAND FAILED (${how}): the registry may be down: ${printable(command)}`;
  return new RegsweepError('failed', message, { remedy: `start it yourself: ${command}` });
}

async function execute(
  context: Context,
  audit: AuditLog,
  what: 'stop' | 'start',
  command: string,
  run: WaitingCommand['run'],
): Promise<CommandOutcome> {
  write(context, audit, { event: `${what}-begins`, command });
  const outcome = await run(context.options.commandTimeout * 1000);
  const { how, output, durationMs } = outcome;
  write(context, audit, { event: what, command, how, output, durationMs });
  const say = outcome.ok ? context.log.note : context.log.warn;
  for (const line of output.split('\n').filter(Boolean)) say(`${what}: ${printable(line)}`);
  if (!outcome.ok) context.log.warn(`${what}: ${how}`);
  return outcome;
}

/** A log that can't be written must not keep a registry stopped. */
function write(context: Context, audit: AuditLog, record: Record<string, unknown>): void {
  try {
    audit.append(record);
  } catch (error) {
    context.log.warn((error as Error).message);
  }
}

/** @throws RegsweepError `guard-refused` if the tree is still in use after a while */
async function seenStopped(context: Context, tree: StorageTree): Promise<Verdict> {
  const until = context.now() + GOING_MS;
  for (;;) {
    endIfInterrupted(context);
    const verdict = await inspectTree(context, tree);
    if (verdict.state !== 'refused' || verdict.undecided === true) return verdict;
    if (context.now() >= until) throw refusal(tree, verdict, ', after the stop command');
    await sleep(LOOK_EVERY_MS);
  }
}
