/** The context of a command: the use case's context, the settings and the terminal. */

import type { Context } from '../app/context.js';
import type { Options } from '../app/options.js';
import type { Report } from '../report/model/model.js';
import { allocation, count } from '../report/style.js';
import { readVersion } from '../runtime/version.js';
import { type LogFile, NO_LOG_FILE, openLogFile } from './output/files/log-file.js';
import { makeLogger } from './output/log.js';
import { makeProgress } from './output/progress.js';
import { makeConfirm } from './output/prompt.js';
import type { Terminal } from './output/terminal.js';
import { writeTo } from './output/write.js';
import type { Settings } from './settings/resolve.js';

export interface CommandContext extends Context {
  /** The first operand, such as the digest or reference of `explain`. */
  readonly subject: string | undefined;
  readonly subjects: readonly string[];
  readonly settings: Settings;
  /** The reports that were printed so far. */
  readonly reports: Report[];
  readonly terminal: Terminal;
  readonly logFile: LogFile;
}

export interface Invocation {
  readonly command: string;
  readonly subject: string | undefined;
  readonly subjects: readonly string[];
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

export function commandContext(invocation: Invocation): CommandContext {
  const { command, settings, signal } = invocation;
  const terminal = terminalOf(settings);
  const progress = makeProgress(process.stderr, !settings.quiet);
  const tally: CommandContext['tally'] = {};
  const logFile =
    settings.logFile === undefined ? NO_LOG_FILE : openLogFile(settings.logFile, command);
  const done = (): string => doneBefore(tally);
  return {
    ...invocation,
    options: optionsOf(command, settings),
    log: makeLogger(settings.quiet, logFile, progress),
    logFile,
    progress,
    confirm: makeConfirm({ settings, terminal, progress, signal, done }),
    version: readVersion(),
    now: Date.now,
    startedAtMs: Date.now(),
    reports: [],
    tally,
    terminal,
  };
}

/** What the command has done so far, as text for a user who aborts or declines. */
export function doneBefore({ purged }: CommandContext['tally']): string {
  if (purged === undefined) return 'nothing was changed';
  return `${count(purged.runs, 'quarantined run')} purged (${allocation(purged)}), nothing else was changed`;
}

/**
 * Commands that ignore `repo`, `exclude` and `older-than` of the settings file and the environment,
 * since the user names what they apply to. Options on the command line still narrow them.
 * `trash purge` ignores only `repo` and `exclude`.
 */
const NARROWED_BY_HAND = ['rm', 'explain', 'trash list', 'trash restore'];

function optionsOf(command: string, settings: Settings): Options {
  const { given } = settings;
  const isByHand = NARROWED_BY_HAND.includes(command);
  const isNarrowed = (name: 'repo' | 'exclude'): boolean =>
    given.has(name) || !(isByHand || command === 'trash purge');
  return {
    ...settings,
    repo: isNarrowed('repo') ? settings.repo : [],
    exclude: isNarrowed('exclude') ? settings.exclude : [],
    olderThan: given.has('older-than') || !isByHand ? settings.olderThan : undefined,
    besidePlan: {
      minAge: settings.sourceOf('min-age') === undefined ? undefined : settings.minAge,
      names: [...given],
    },
  };
}

function terminalOf({ noColor }: Settings): Terminal {
  const bars = process.stdout.isTTY === true;
  return {
    color: wantsColor(noColor),
    width: bars ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY,
    bars,
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
  };
}

/** In order of precedence: `--no-color`, NO_COLOR, FORCE_COLOR, the terminal. */
function wantsColor(noColor: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (noColor || (NO_COLOR !== undefined && NO_COLOR !== '')) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return !/^(0|false)$/.test(FORCE_COLOR);
  return TERM !== 'dumb' && process.stdout.isTTY === true;
}

/** Prints chunks on stdout, after clearing the progress line. */
export async function print(context: CommandContext, chunks: Iterable<string>): Promise<void> {
  context.progress.stop();
  await writeTo(process.stdout, chunks);
}
