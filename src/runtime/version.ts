import { readFileSync } from 'node:fs';
import { bundled } from './bundled.js';
import { packageRoot } from './package-root.js';

/** @returns the version from package.json */
export function readVersion(): string {
  if (bundled !== undefined) return bundled.version;
  const text = readFileSync(new URL('package.json', packageRoot()), 'utf8');
  return String((JSON.parse(text) as { version: unknown }).version);
}
