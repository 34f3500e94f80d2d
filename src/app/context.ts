/** What every command gets: settings, the tree, and the ways to speak. */

import { makeProgress, type Progress } from '../cli/output/progress.js';
import { writeTo } from '../cli/output/write.js';
import type { Settings } from '../cli/settings/resolve.js';
import { readVersion } from '../cli/version.js';
import type { PurgedAmount, Report } from '../report/model/model.js';
import { printable } from '../storage/names.js';
import type { StorageTree } from '../storage/port.js';
import { errnoOf, RegsweepError } from '../util/errors.js';

export interface Logger {
  /** Dropped with `--quiet`. */
  note(message: string): void;
  warn(message: string): void;
}

export interface Context {
  /** `sweep`, `trash purge`, ... */
  readonly command: string;
  /** What a command was asked about: `explain`'s digest or reference. */
  readonly subject: string | undefined;
  readonly subjects: readonly string[];
  readonly settings: Settings;
  readonly log: Logger;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly version: string;
  readonly startedAtMs: number;
  /** What was rendered so far. */
  readonly reports: Report[];
  /** What was done besides, also where an error ends the command. */
  readonly tally: { purged?: PurgedAmount };
  readonly terminal: {
    readonly color: boolean;
    /** Infinite where stdout is a pipe or a file. */
    readonly width: number;
    /** Stdout is a terminal. */
    readonly bars: boolean;
    /** There is a person on stdin who sees stderr. */
    readonly canAsk: boolean;
  };
}

export interface Invocation {
  readonly command: string;
  readonly subject: string | undefined;
  readonly subjects: readonly string[];
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

export function makeContext({ command, subject, subjects, settings, signal }: Invocation): Context {
  return {
    command,
    subject,
    subjects,
    settings,
    signal,
    log: makeLogger(settings.quiet),
    progress: makeProgress(process.stderr, !settings.quiet),
    version: readVersion(),
    startedAtMs: Date.now(),
    reports: [],
    tally: {},
    terminal: {
      color: wantsColor(settings.noColor),
      width:
        process.stdout.isTTY === true ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY,
      bars: process.stdout.isTTY === true,
      canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    },
  };
}

/** Refusing outweighs asking: `--no-color` and NO_COLOR, then FORCE_COLOR, then the terminal. */
function wantsColor(noColor: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (noColor || (NO_COLOR !== undefined && NO_COLOR !== '')) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return !/^(0|false)$/.test(FORCE_COLOR);
  return TERM !== 'dumb' && process.stdout.isTTY === true;
}

export function makeLogger(quiet: boolean): Logger {
  const say = (message: string): void => {
    process.stderr.write(`regsweep: ${message}\n`);
  };
  return { note: (message) => (quiet ? undefined : say(message)), warn: say };
}

/** The tree that the command works on. @throws RegsweepError `not-a-registry` */
export async function treeOf({ settings }: Context): Promise<StorageTree> {
  const { openTree } = await import('../storage/tree.js');
  return openTree(settings.root);
}

/** @throws RegsweepError `interrupted` once a signal came */
export function endIfInterrupted({ signal }: Context, done = 'nothing was changed'): void {
  if (signal.aborted) throw new RegsweepError('interrupted', `interrupted; ${done}`);
}

/** Prints chunks on stdout. */
export async function print(context: Context, chunks: Iterable<string>): Promise<void> {
  context.progress.stop();
  await writeTo(process.stdout, chunks);
}

/** An error for people: what was seen, where, and the way out. */
export function errorText(error: unknown): string {
  if (!(error instanceof RegsweepError)) return errorStack(error);
  const where =
    error.path === undefined || error.message.includes(error.path)
      ? ''
      : `\n  at ${printable(error.path)}`;
  const remedy = error.remedy === undefined ? '' : `\n  → ${printableLines(error.remedy)}`;
  return `${printableLines(error.message)}${where}${remedy}`;
}

/** A message may quote what others wrote, whoever made it. */
const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** A system error says all in its message; anything else is a bug, and its stack tells where. */
function errorStack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return errnoOf(error)?.startsWith('E') === true ? error.message : (error.stack ?? error.message);
}
