/** Messages for users on stderr: notes, warnings and errors. */
import type { Logger, Progress } from '../../app/context.js';
import { wrapText } from '../../report/wrap.js';
import { printable } from '../../storage/names.js';
import { errnoOf, messageOf, RegsweepError } from '../../util/errors.js';
import type { LogFile } from './files/log-file.js';

const REMEDY_LINE = '\n    ';

/**
 * @param file also gets the notes that `quiet` suppresses
 * @param progress is cleared before each message
 */
export function makeLogger(quiet: boolean, file: LogFile, progress?: Progress): Logger {
  const say = (message: string): void => {
    progress?.stop();
    sayToUser(`regsweep: ${message}`);
  };
  return {
    note(message) {
      file.write('info', 'note', { message });
      if (!quiet) say(message);
    },
    warn(message) {
      file.write('warning', 'warning', { message });
      say(message);
    },
  };
}

/** Writes a message to stderr; on a terminal, long lines break at spaces. */
export function sayToUser(message: string): void {
  process.stderr.write(`${forTerminal(message)}\n`);
}

export function forTerminal(message: string): string {
  const { isTTY, columns } = process.stderr;
  return isTTY ? wrapText(message, columns || 80) : message;
}

/** The text of an error: its message, path and remedy. */
export function errorText(error: unknown): string {
  if (!(error instanceof RegsweepError)) return errorStack(error);
  const where =
    error.path === undefined || error.message.includes(error.path)
      ? ''
      : `\n  at ${printable(error.path)}`;
  const remedy =
    error.remedy === undefined
      ? ''
      : `\n  → ${printableLines(error.remedy).replace(/\n(?! +→ )/g, REMEDY_LINE)}`;
  return `${printableLines(error.message)}${where}${remedy}`;
}

/** Escapes control characters, since a message may quote names that other users chose. */
const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** The message of a system error. Any other error is a bug, so its stack is shown. */
function errorStack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return errnoOf(error)?.startsWith('E') === true
    ? messageOf(error)
    : (error.stack ?? error.message);
}
