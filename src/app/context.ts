/**
 * What every use case gets: its options, and ports to whoever calls it. A use case returns its
 * report; it never prints, never asks a terminal and never ends the process.
 */

import type { PlanTotals } from '../plan/types.js';
import type { RunInfo } from '../report/model/common.js';
import type { PurgedAmount, RemovalReport, RemovedRow, Report } from '../report/model/model.js';
import type { StorageTree } from '../storage/port.js';
import { RegsweepError } from '../util/errors.js';
import type { Options } from './options.js';

export interface Logger {
  /** What is good to know; dropped with `--quiet`. */
  note(message: string): void;
  warn(message: string): void;
}

export interface ProgressUpdate {
  readonly stage: string;
  readonly done: number;
  readonly total?: number;
  /** `bytes`: shown as sizes, with the speed and the time left. */
  readonly unit?: 'bytes';
}

export interface Progress {
  update(update: ProgressUpdate): void;
  stop(): void;
}

/** What would be done, before anything is. */
export type Question =
  | {
      readonly kind: 'change';
      readonly root: string;
      readonly quarantine: boolean;
      /** The registry is stopped for it. */
      readonly stops: boolean;
      /** How many repositories lose something besides blobs. */
      readonly repositories: number;
      readonly totals: PlanTotals;
      /** No image is left in the tree, so all blobs go: their number is to be typed. */
      readonly everything?: true;
      /** Seconds: quarantined runs that are older are deleted first. */
      readonly purgeOlderThan?: number;
      /** What was named, and what that means. */
      readonly impact?: RemovalReport;
      /** Tags, manifests and repositories that a policy takes away. */
      readonly removed?: Iterable<RemovedRow>;
      /** What a plan file lists and the tree of now doesn't allow any more, for people. */
      readonly stale: readonly string[];
    }
  | { readonly kind: 'restore'; readonly root: string; readonly items: number }
  | {
      readonly kind: 'purge';
      readonly root: string;
      readonly runs: number;
      readonly diskBytes: number;
    };

export interface Confirm {
  /** Called before any work. @throws RegsweepError `usage` where nobody could be asked */
  require(): void;
  /** @returns true when the answer is yes */
  ask(question: Question): Promise<boolean>;
}

/** For a caller that has agreed already. */
export const AGREED: Confirm = { require: () => undefined, ask: async () => true };

export interface Tally {
  purged?: PurgedAmount;
  /** Globs of `--repo` that match no repository. */
  unmatched?: string[];
}

export interface Context {
  /** `sweep`, `trash purge`, ...: for the lock, the audit log and the history. */
  readonly command: string;
  readonly options: Options;
  readonly log: Logger;
  readonly progress: Progress;
  readonly confirm: Confirm;
  readonly signal: AbortSignal;
  readonly version: string;
  readonly startedAtMs: number;
  /** What was done besides, also where an error ends the command. */
  readonly tally: Tally;
}

/** The end of a changing use case. The error is told once the report is shown. */
export interface Finished<R extends Report = Report> {
  readonly report: R;
  readonly error: RegsweepError | undefined;
}

/** The tree that the use case works on. @throws RegsweepError `not-a-registry` */
export async function treeOf({ options }: Context): Promise<StorageTree> {
  const { openTree } = await import('../storage/tree.js');
  return openTree(options.root);
}

/** @throws RegsweepError `interrupted` once a signal came */
export function endIfInterrupted({ signal }: Context, done = 'nothing was changed'): void {
  if (signal.aborted) throw new RegsweepError('interrupted', `interrupted; ${done}`);
}

export function runInfo({ startedAtMs, version }: Context): RunInfo {
  return {
    scannedAt: new Date(startedAtMs).toISOString(),
    durationMs: Date.now() - startedAtMs,
    version,
  };
}
