/** `--log-file`: writes events as JSON, one object a line, for log shippers. */
import { appendFileSync } from 'node:fs';
import { RegsweepError } from '../../../util/errors.js';

export type Level = 'info' | 'warning' | 'error';

export interface LogFile {
  write(level: Level, event: string, details: Readonly<Record<string, unknown>>): void;
}

export const NO_LOG_FILE: LogFile = { write: () => undefined };

/**
 * Returns a log that appends to the file, and creates the file if it is missing.
 * @throws RegsweepError `failed` from `write` if the file can't be written
 */
export function openLogFile(path: string, command: string): LogFile {
  const append = (line: Readonly<Record<string, unknown>>): void => {
    try {
      appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o640 });
    } catch (cause) {
      throw new RegsweepError('failed', `--log-file: ${(cause as Error).message}`, {
        path,
        cause,
        remedy: 'give a file in a folder that exists and has free space',
      });
    }
  };
  return {
    write: (level, event, details) =>
      append({
        time: new Date().toISOString(),
        level,
        event,
        command,
        pid: process.pid,
        ...details,
      }),
  };
}
