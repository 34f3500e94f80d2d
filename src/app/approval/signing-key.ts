/** Which key signs: the one that was named, git's, or the only one that ssh-agent has. */

import { existsSync } from 'node:fs';
import { RegsweepError, usageError } from '../../util/errors.js';
import { runProgram, withTemporaryFile } from './ssh-keygen.js';

const REMEDY = 'give a key: --key ~/.ssh/id_ed25519 (or its .pub, if ssh-agent has the key)';

/**
 * @param work gets a file with the private key, or with the public key of one that ssh-agent has
 * @throws RegsweepError `usage` where no key can be chosen
 */
export async function withSigningKey<T>(
  named: string | undefined,
  work: (keyFile: string) => Promise<T>,
): Promise<T> {
  const key = named ?? (await keyOfGit()) ?? (await onlyKeyOfAgent());
  if (isPublicKey(key)) return withTemporaryFile(`${key}\n`, work);
  if (existsSync(key)) return work(key);
  throw new RegsweepError('usage', `there is no key ${key}`, { path: key, remedy: REMEDY });
}

/** A key itself, as git's configuration may hold it, is no path. */
const isPublicKey = (key: string): boolean => /^(?:ssh-|ecdsa-|sk-)\S+ \S+/.test(key);

async function keyOfGit(): Promise<string | undefined> {
  if ((await git('gpg.format')) !== 'ssh') return undefined;
  const key = await git('user.signingkey', '--type=path');
  return key?.replace(/^key::/, '');
}

/** @returns undefined where git isn't there, or isn't told */
async function git(name: string, ...flags: string[]): Promise<string | undefined> {
  try {
    const { ok, stdout } = await runProgram('git', ['config', ...flags, '--get', name]);
    return ok ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}

async function onlyKeyOfAgent(): Promise<string> {
  const { ok, stdout } = await runProgram('ssh-add', ['-L']);
  const keys = ok ? stdout.split('\n').filter(isPublicKey) : [];
  const [key] = keys;
  if (keys.length === 1 && key !== undefined) return key;
  const why = keys.length === 0 ? 'ssh-agent has no key' : `ssh-agent has ${keys.length} keys`;
  throw usageError(`no key to sign with: git has no user.signingkey, and ${why}`, REMEDY);
}
