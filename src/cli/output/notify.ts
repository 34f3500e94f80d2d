/** `--notify-command`: passes the result of a run as JSON to the standard input of a command. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { documentOf } from '../../report/build/document.js';
import { jsonChunks } from '../../report/formats/json.js';
import { exitCodeOf } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { errorJson } from './errors/error-json.js';

const LIMIT_MS = 30_000;

/**
 * Runs the notify command after `run`, on success and failure. Its own failure is only a warning.
 * @returns the exit code of `run`
 */
export async function withNotification(
  context: CommandContext,
  command: string,
  run: () => Promise<number>,
): Promise<number> {
  try {
    const code = await run();
    await notify(context, command, code, documentChunks(context));
    return code;
  } catch (error) {
    const chunks = context.reports.length > 0 ? documentChunks(context) : [errorJson(error)];
    await notify(context, command, exitCodeOf(error), chunks);
    throw error;
  }
}

function documentChunks({ reports }: CommandContext): Iterable<string> {
  const last = reports.at(-1);
  return last === undefined ? ['{}\n'] : jsonChunks(documentOf(last));
}

async function notify(
  { command: name, log }: CommandContext,
  command: string,
  exitCode: number,
  chunks: Iterable<string>,
): Promise<void> {
  const env = { ...process.env, REGSWEEP_COMMAND: name, REGSWEEP_EXIT_CODE: String(exitCode) };
  const child = spawn('/bin/sh', ['-c', command], {
    env,
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  const limit = setTimeout(() => endGroup(child.pid), LIMIT_MS);
  // A command that doesn't read its input closes the pipe.
  child.stdin.on('error', () => undefined);
  Readable.from(chunks).pipe(child.stdin);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    if (code !== 0) log.warn(`The notify command failed (${signal ?? `exit ${code}`}): ${command}`);
  } catch (error) {
    log.warn(`The notify command failed (${(error as Error).message}): ${command}`);
  } finally {
    clearTimeout(limit);
    child.stdin.destroy();
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
}
