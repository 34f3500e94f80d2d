/** A blob of random content with its link, for a moment: only a registry on this tree can show it. */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { type Digest, makeDigest } from '../../storage/digest.js';
import { blobDataPath, layerPath, linkOf } from '../../storage/layout.js';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import type { ProbeQuestion, ReplyOrError } from './probe.js';

export interface Nonce {
  readonly repository: string;
  readonly digest: Digest;
  readonly content: string;
  /** What was made, in that order: removed the other way round, never anything else. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** @throws system errors; what was made until then is removed */
export function placeNonce(tree: StorageTree): Nonce {
  if (tree.viaSymlink) {
    throw new RegsweepError('guard-refused', 'the tree is reached through a symbolic link', {
      path: tree.v2,
      remedy: 'give the real rootdirectory',
    });
  }
  const content = `regsweep ${randomBytes(24).toString('hex')}\n`;
  const digest = makeDigest('sha256', createHash('sha256').update(content).digest('hex'))!;
  const repository = `regsweep-nonce-${randomBytes(8).toString('hex')}`;
  const made = { repository, digest, content, files: [] as string[], folders: [] as string[] };
  try {
    write(tree, blobDataPath(digest), content, made);
    write(tree, linkOf(layerPath(repository, digest)), digest, made);
    return made;
  } catch (error) {
    removeNonce(made);
    throw error;
  }
}

function write(
  tree: StorageTree,
  path: string,
  content: string,
  made: { files: string[]; folders: string[] },
): void {
  const parts = path.split('/');
  for (let i = 1; i < parts.length; i++) {
    const folder = `${tree.v2}/${parts.slice(0, i).join('/')}`;
    if (fs.lstatSync(fsPath(folder), { throwIfNoEntry: false }) !== undefined) continue;
    fs.mkdirSync(fsPath(folder));
    made.folders.push(folder);
    fs.chmodSync(fsPath(folder), 0o755); // the registry may run as another user, whatever our umask
  }
  const file = `${tree.v2}/${path}`;
  const fd = fs.openSync(fsPath(file), 'wx', 0o644);
  made.files.push(file);
  fs.writeSync(fd, content);
  fs.fchmodSync(fd, 0o644);
  fs.closeSync(fd);
}

/** @throws system errors: a nonce that stays behind must be known */
export function removeNonce(nonce: Pick<Nonce, 'files' | 'folders'>): void {
  for (const file of [...nonce.files].reverse()) fs.unlinkSync(fsPath(file));
  for (const folder of [...nonce.folders].reverse()) fs.rmdirSync(fsPath(folder));
}

export const nonceQuestion = (nonce: Nonce): ProbeQuestion => ({
  method: 'GET',
  path: `/v2/${nonce.repository}/blobs/${nonce.digest}`,
});

export const showsContent = (reply: ReplyOrError, { content }: Nonce): boolean =>
  !('error' in reply) && reply.status === 200 && reply.body === content;
