/** Hashes one blob in pieces, so that its size does not matter. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { algorithmOf, hexOf } from '../storage/digest.js';
import { blobDataPath } from '../storage/layout.js';
import { errnoOf } from '../util/errors.js';
import type { Shared } from './throttle.js';
import type { VerifyAnswer, VerifySetup, VerifyTask } from './types.js';

const PIECE = 512 * 1024;
const SMALLEST_PIECE = 4096;
const { O_RDONLY, O_NONBLOCK } = fs.constants;

export class BlobHasher {
  readonly #piece: Buffer;

  constructor(
    private readonly setup: Pick<VerifySetup, 'base' | 'bytesPerSecond'>,
    private readonly shared: Shared,
  ) {
    const { bytesPerSecond } = setup;
    const smooth = bytesPerSecond === 0 ? PIECE : Math.floor(bytesPerSecond / 20);
    this.#piece = Buffer.allocUnsafe(Math.min(PIECE, Math.max(SMALLEST_PIECE, smooth)));
  }

  /** Follows symbolic links, as the registry does. Never blocks on a FIFO. */
  check(task: VerifyTask): VerifyAnswer {
    if (this.shared.stopped) return { state: 'stopped' };
    let fd: number;
    try {
      fd = fs.openSync(`${this.setup.base}/${blobDataPath(task.digest)}`, O_RDONLY | O_NONBLOCK);
    } catch (error) {
      return errnoOf(error) === 'ENOENT' ? { state: 'missing' } : unreadable(error, 0);
    }
    let size = 0;
    try {
      const stat = fs.fstatSync(fd, { bigint: true });
      size = Number(stat.size);
      if (!stat.isFile()) return { state: 'unreadable', size: 0, problem: 'not a regular file' };
      return this.#checkOpen(fd, task, size, stat.mtimeNs);
    } catch (error) {
      return unreadable(error, size);
    } finally {
      fs.closeSync(fd);
    }
  }

  #checkOpen(fd: number, { digest, known }: VerifyTask, size: number, mtimeNs: bigint) {
    if (known !== undefined && known.size === size && known.mtimeNs === mtimeNs) {
      this.shared.addDone(size);
      return { state: 'known', size } as const;
    }
    const hash = createHash(algorithmOf(digest));
    let read = 0;
    for (;;) {
      if (this.shared.stopped) return { state: 'stopped' } as const;
      const { bytesPerSecond } = this.setup;
      const next = Math.min(this.#piece.length, Math.max(size - read, 1));
      if (bytesPerSecond > 0) this.shared.admit(next, bytesPerSecond);
      const n = fs.readSync(fd, this.#piece, 0, this.#piece.length, null);
      if (n === 0) break;
      hash.update(n === this.#piece.length ? this.#piece : this.#piece.subarray(0, n));
      this.shared.addDone(n);
      read += n;
      // Saves one call for small blobs, which are the most. Bytes appended later may be ignored.
      if (read === size && n < this.#piece.length) break;
    }
    const actual = hash.digest('hex');
    if (actual === hexOf(digest)) return { state: 'right', size: read, mtimeNs } as const;
    return { state: 'wrong', size: read, actual: `${algorithmOf(digest)}:${actual}` } as const;
  }
}

function unreadable(error: unknown, size: number): VerifyAnswer {
  const { message } = error as Error;
  return { state: 'unreadable', size, problem: errnoOf(error) ?? message };
}
