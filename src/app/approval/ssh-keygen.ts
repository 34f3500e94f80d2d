/** Signatures with SSH keys, by OpenSSH's own program. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf, RegsweepError } from '../../util/errors.js';
import { NAMESPACE, type SignedStatement } from './statement.js';

export interface Signer {
  /** As the list of allowed signers names them. */
  readonly principal: string;
  /** Fingerprint of the key. */
  readonly key: string;
}

export interface Ended {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @param shown its messages reach the terminal: it may ask for a passphrase or a touch
 * @throws RegsweepError `failed` where the program is missing
 */
export function runProgram(
  program: string,
  args: readonly string[],
  input = '',
  shown = false,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C' };
    const child = spawn(program, args, {
      env,
      stdio: ['pipe', 'pipe', shown ? 'inherit' : 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.once('error', (cause) => reject(notStarted(program, cause)));
    child.once('close', (code) => resolve({ ok: code === 0, stdout, stderr }));
    // One that ended before it read its input is told by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function notStarted(program: string, cause: Error): RegsweepError {
  const isMissing = errnoOf(cause) === 'ENOENT';
  const why = isMissing ? 'it is not installed' : cause.message;
  const remedy = 'install OpenSSH’s client: apt-get install openssh-client';
  return new RegsweepError('failed', `${program} can't be started: ${why}`, {
    cause,
    ...(isMissing ? { remedy } : {}),
  });
}

/** A file that only we can read, for as long as `work` takes. */
export async function withTemporaryFile<T>(
  content: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'regsweep-approval-'));
  const path = join(folder, 'file');
  try {
    writeFileSync(path, content, { mode: 0o600 });
    return await work(path);
  } finally {
    unlinkSync(path);
    rmdirSync(folder);
  }
}

/**
 * Whether one of the allowed signers made the signature, as the list stands now: a key that it
 * doesn't name any more, or names with dates that have passed, counts no longer.
 * @returns the signer, or why there is none
 */
export function verifySignature(
  { text, signature }: SignedStatement,
  allowedSigners: string,
): Promise<Signer | { readonly why: string }> {
  return withTemporaryFile(signature, async (file) => {
    const of = ['-s', file, '-f', allowedSigners];
    const found = await runProgram('ssh-keygen', ['-Y', 'find-principals', ...of]);
    let why = reasonIn(found);
    for (const principal of found.ok
      ? found.stdout.split('\n').filter((line) => line !== '')
      : []) {
      const args = ['-Y', 'verify', ...of, '-n', NAMESPACE, '-I', principal];
      const verified = await runProgram('ssh-keygen', args, text);
      const key = /\bkey (SHA256:\S+)/.exec(verified.stdout)?.[1];
      if (verified.ok && key !== undefined) return { principal, key };
      why = reasonIn(verified);
    }
    return { why };
  });
}

/** The first line is the reason, those after it only say that it failed. */
const reasonIn = ({ stderr }: Ended): string => stderr.trim().split('\n')[0] ?? '';
