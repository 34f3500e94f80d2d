/** Copies one blob of the tree into a layout, and hashes it while copying. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestOf, type Facts, type Node } from '../../facts/types.js';
import { algorithmOf, type Digest, hexOf } from '../../storage/digest.js';
import { blobDataPath } from '../../storage/layout.js';
import { RegsweepError } from '../../util/errors.js';

const PIECE = 1 << 20;

/**
 * @param digest the name of the copy, which its content must match; a blob may be stored under another
 * @throws RegsweepError `failed` if its content doesn't match its digest; system errors
 */
export async function copyBlob(
  facts: Facts,
  node: Node,
  digest: Digest,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const from = `${facts.tree.v2}/${blobDataPath(digestOf(facts, node))}`;
  const hash = createHash(algorithmOf(digest));
  const temporary = `${to}.part`;
  mkdirSync(dirname(to), { recursive: true });
  const source = await open(from, 'r');
  try {
    const target = await open(temporary, 'w', 0o644);
    try {
      const piece = Buffer.allocUnsafe(PIECE);
      for (;;) {
        if (signal.aborted)
          throw new RegsweepError('interrupted', 'interrupted; nothing was changed');
        const { bytesRead } = await source.read(piece, 0, PIECE, null);
        if (bytesRead === 0) break;
        hash.update(piece.subarray(0, bytesRead));
        await target.writeFile(piece.subarray(0, bytesRead));
      }
      await target.sync();
    } finally {
      await target.close();
    }
    if (hash.digest('hex') !== hexOf(digest)) {
      throw new RegsweepError('failed', `--backup: ${digest} is damaged, so nothing was removed`, {
        path: from,
        remedy:
          'regsweep check --verify lists all damaged blobs; to go on, keep that image or omit --backup',
      });
    }
    await rename(temporary, to);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await source.close();
  }
}
