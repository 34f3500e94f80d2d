/** `--log-file`, `--metrics-file` and `-o` must not name a file in the registry's tree. */
import { requireOutside } from '../../../storage/outside-tree.js';
import { openTree } from '../../../storage/tree.js';
import { STDOUT } from '../../../util/disk/atomic-write.js';
import { RegsweepError } from '../../../util/errors.js';
import type { Settings } from '../../settings/resolve.js';

/**
 * Call it before the first line of the log is written.
 * @param output the file of `-o`
 * @throws RegsweepError `usage`
 */
export async function requireFilesOutside(
  { root, logFile, metricsFile }: Settings,
  output: string | undefined,
): Promise<void> {
  const files = [
    ['--log-file', logFile],
    ['--metrics-file', metricsFile],
    ['-o', output === STDOUT ? undefined : output],
  ] as const;
  if (files.every(([, path]) => path === undefined)) return;
  const v2 = await treeFolder(root);
  if (v2 === undefined) return;
  for (const [option, path] of files) if (path !== undefined) requireOutside(v2, path, option);
}

/** Undefined if there is no tree; the command's own error tells that. */
async function treeFolder(root: string): Promise<string | undefined> {
  try {
    return (await openTree(root)).v2;
  } catch (error) {
    if (error instanceof RegsweepError) return undefined;
    throw error;
  }
}
