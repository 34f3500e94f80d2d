/** Temporary folders of a test, removed after it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function makeTemp(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'regsweep-'));
}

/**
 * A container engine or a browser that has ended may leave helpers that still write for a moment;
 * a folder that fills while it is emptied is tried again, some ten seconds in all.
 */
export function removeTemp(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

/** Only inside a test. */
export async function tempFolder(): Promise<string> {
  const folder = await makeTemp();
  onTestFinished(() => removeTemp(folder));
  return folder;
}
