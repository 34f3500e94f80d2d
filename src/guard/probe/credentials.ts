/** Reads the password and the certificates for requests to registries. They are never printed. */
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import tls from 'node:tls';
import { RegsweepError } from '../../util/errors.js';
import type { GuardSettings } from '../model/settings.js';
import type { Login } from './login.js';
import type { ClientIdentity } from './probe.js';

/**
 * @returns undefined if no login is set
 * @throws RegsweepError `usage` if the password file can't be read, or only user or file is set
 */
export function loginOf(settings: GuardSettings): Login | undefined {
  const { registryUser: user, registryPasswordFile: file } = settings;
  if (user === undefined) {
    if (file === undefined) return undefined;
    throw new RegsweepError('usage', '--registry-password-file needs --registry-user');
  }
  if (file === undefined) {
    throw new RegsweepError('usage', '--registry-user needs --registry-password-file');
  }
  const password = readSecret(file, 'the password file').replace(/\r?\n$/, '');
  return { user, password: () => password };
}

/**
 * @returns undefined if neither certificate nor CA is set
 * @throws RegsweepError `usage` if a file can't be read, or certificate and key don't match
 */
export function identityOf(settings: GuardSettings): ClientIdentity | undefined {
  const { registryCert, registryKey, registryCa } = settings;
  if ((registryCert === undefined) !== (registryKey === undefined)) {
    throw new RegsweepError('usage', '--registry-cert and --registry-key go together');
  }
  const identity = {
    ...(registryCert === undefined ? {} : { cert: readSecret(registryCert, 'the certificate') }),
    ...(registryKey === undefined ? {} : { key: readSecret(registryKey, 'the key') }),
    ...(registryCa === undefined ? {} : { ca: readSecret(registryCa, 'the CA file') }),
  };
  if (Object.keys(identity).length === 0) return undefined;
  try {
    tls.createSecureContext(identity);
    // createSecureContext ignores a CA that it can't parse.
    if (identity.ca !== undefined) new X509Certificate(identity.ca);
  } catch (cause) {
    throw new RegsweepError(
      'usage',
      `--registry-cert, --registry-key or --registry-ca is not usable: ${(cause as Error).message}`,
      { remedy: 'give PEM files; the key without a passphrase', cause },
    );
  }
  return identity;
}

function readSecret(file: string, what: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RegsweepError('usage', `${what} can't be read: ${file}`, {
      path: file,
      remedy: 'give a readable file with nothing else in it',
      cause,
    });
  }
}
