/** The committed registry tree, copied to where a test may change it. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const FIXTURE = fileURLToPath(new URL('../../test-fixtures/registry-tree', import.meta.url));
/** Relative to the fixture: what git can't keep (the folders that a DELETE leaves, mostly). */
export const EMPTY_FOLDERS = fileURLToPath(
  new URL('../../test-fixtures/empty-folders.txt', import.meta.url),
);

/** Copies the fixture, its empty folders included, to `target`, which becomes a rootdirectory. */
export function copyFixture(target: string): string {
  cpSync(FIXTURE, target, { recursive: true });
  for (const path of readFileSync(EMPTY_FOLDERS, 'utf8').split('\n').filter(Boolean)) {
    mkdirSync(join(target, path), { recursive: true });
  }
  return target;
}
