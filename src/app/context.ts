/**
 * The context of every use case: its options, and ports to the caller. A use case returns its
 * report. It never prints, never reads from a terminal, and never ends the process.
 */

import type { PlanTotals } from '../plan/types.js';
import type { RunInfo } from '../report/model/common.js';
import type { PurgedAmount, RemovalReport, RemovedRow, Report } from '../report/model/model.js';
import type { StorageTree } from '../storage/port.js';
import { RegsweepError } from '../util/errors.js';
import type { Options } from './options.js';

export interface Logger {
  /** Useful information; not shown with `--quiet`. */
  note(message: string): void;
  warn(message: string): void;
}

export interface ProgressUpdate {
  readonly stage: string;
  /** Not set for a stage without a measurable part: only its name is shown. */
  readonly done?: number;
  readonly total?: number;
  /** `bytes`: shown as sizes, with speed and remaining time. */
  readonly unit?: 'bytes';
}

export interface Progress {
  update(update: ProgressUpdate): void;
  stop(): void;
}

/** A question before anything is changed, with a description of the change. */
export type Question =
  | {
      readonly kind: 'change';
      readonly root: string;
      readonly quarantine: boolean;
      /** The registry is stopped for it. */
      readonly stops: boolean;
      /** Number of repositories that lose something besides blobs. */
      readonly repositories: number;
      readonly totals: PlanTotals;
      /**
       * No image is left in the tree, so all blobs are removed. The user has to type their number.
       */
      readonly everything?: true;
      /** Seconds. Quarantined runs older than this are deleted first. */
      readonly purgeOlderThan?: number;
      /** The targets of `rm`, and the effect of removing them. */
      readonly impact?: RemovalReport;
      /** Tags, manifests and repositories that a policy removes. */
      readonly removed?: Iterable<RemovedRow>;
      /** Stale actions of a plan file, as lines for people. */
      readonly stale: readonly string[];
    }
  | { readonly kind: 'restore'; readonly root: string; readonly items: number }
  | {
      readonly kind: 'purge';
      readonly root: string;
      readonly runs: number;
      readonly diskBytes: number;
      readonly folderDiskBytes: number;
    };

export interface Confirm {
  /** Called before any work. @throws RegsweepError `usage` if nobody can be asked */
  require(): void;
  /** @returns true if the answer is yes */
  ask(question: Question): Promise<boolean>;
}

/** For a caller that has already agreed. */
export const AGREED: Confirm = { require: () => undefined, ask: async () => true };

export interface Tally {
  purged?: PurgedAmount;
  /** Globs of `--repo` that match no repository. */
  unmatched?: string[];
}

export interface Context {
  /** `sweep`, `trash purge`, ...: the name for the lock, the audit log and the history. */
  readonly command: string;
  readonly options: Options;
  readonly log: Logger;
  readonly progress: Progress;
  readonly confirm: Confirm;
  readonly signal: AbortSignal;
  readonly version: string;
  /** The time of day: milliseconds since 1970. */
  readonly now: () => number;
  readonly startedAtMs: number;
  /** Work that was done before the command's own, also reported if an error ends the command. */
  readonly tally: Tally;
}

/**
 * The end of a use case that changes the tree. The caller throws `error` after it has shown the
 * report.
 */
export interface Finished<R extends Report = Report> {
  readonly report: R;
  readonly error: RegsweepError | undefined;
}

/** The tree that the use case works on. @throws RegsweepError `not-a-registry` */
export async function treeOf({ options }: Context): Promise<StorageTree> {
  const { openTree } = await import('../storage/tree.js');
  return openTree(options.root);
}

/** @throws RegsweepError `interrupted` after a signal */
export function endIfInterrupted({ signal }: Context, done = 'nothing was changed'): void {
  if (signal.aborted) throw new RegsweepError('interrupted', `interrupted; ${done}`);
}

export function runInfo({ startedAtMs, now, version }: Context): RunInfo {
  return {
    scannedAt: new Date(startedAtMs).toISOString(),
    durationMs: now() - startedAtMs,
    version,
  };
}
