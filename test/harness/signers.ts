/** Keys of people, and the list of those who may approve. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Person {
  readonly name: string;
  /** The private key. */
  readonly key: string;
  /** `ssh-ed25519 AAAA…` */
  readonly public: string;
}

export function person(folder: string, name: string): Person {
  const key = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key]);
  const [type, value] = readFileSync(`${key}.pub`, 'utf8').split(' ');
  return { name, key, public: `${type} ${value}` };
}

/** A line of the list. @param options such as `valid-before="20200101"` */
export const signer = ({ name, public: key }: Person, options = ''): string =>
  `${name}@example.com ${options} ${key}\n`;

export function writeSigners(folder: string, ...lines: string[]): string {
  const path = join(folder, 'allowed_signers');
  writeFileSync(path, lines.join(''), { mode: 0o644 });
  return path;
}
