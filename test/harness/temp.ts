/** Temporary folders of a test, removed after it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function makeTemp(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'regsweep-'));
}

/** Only inside a test. */
export async function tempFolder(): Promise<string> {
  const folder = await makeTemp();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
