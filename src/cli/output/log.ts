/** What people are told on stderr, errors included. */
import type { Logger } from '../../app/context.js';
import { printable } from '../../storage/names.js';
import { errnoOf, messageOf, RegsweepError } from '../../util/errors.js';
import type { LogFile } from './files/log-file.js';

/** @param file also gets what `quiet` drops */
export function makeLogger(quiet: boolean, file: LogFile): Logger {
  const say = (message: string): void => {
    process.stderr.write(`regsweep: ${message}\n`);
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
  return errnoOf(error)?.startsWith('E') === true
    ? messageOf(error)
    : (error.stack ?? error.message);
}
