/**
 * A nonce: a blob of random content with its layer link, written to the tree for a moment. Only a
 * registry that serves this tree can return it. `.regsweep/nonce.json` records it before it is
 * written, so that the next command removes what a killed one left behind.
 */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { type Digest, makeDigest } from '../../storage/digest.js';
import { blobDataPath, layerPath, linkOf, STATE_DIRECTORY } from '../../storage/layout.js';
import type { StorageTree } from '../../storage/port.js';
import { StorageWriter } from '../../storage/writer/writer.js';
import { errnoOf, isNoSpace, messageOf, RegsweepError } from '../../util/errors.js';
import { ancestorsOf } from '../../util/paths.js';
import type { ProbeQuestion, ReplyOrError } from './probe.js';

export interface Nonce {
  readonly repository: string;
  readonly digest: Digest;
  readonly content: string;
  /** Folders that were made for it, the outermost first. */
  readonly folders: readonly string[];
}

const NAME = 'nonce.json';
const REPOSITORY = /^regsweep-nonce-[0-9a-f]{16}$/;
const MAX_BYTES = 8192;
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** The files that the registry would write for a pushed layer. */
const filesOf = ({ repository, digest, content }: Nonce): [path: string, content: string][] => [
  [blobDataPath(digest), content],
  [linkOf(layerPath(repository, digest)), digest],
];

const digestOf = (content: string): Digest =>
  makeDigest('sha256', createHash('sha256').update(content).digest('hex'))!;

/**
 * Writes a nonce. The caller removes it with `removeNonce`.
 * @throws RegsweepError `guard-refused` if the tree is reached through a symbolic link, or if the
 *   nonce can't be written; what was written is removed
 */
export function placeNonce(tree: StorageTree): Nonce {
  try {
    return writeNonce(tree);
  } catch (cause) {
    if (errnoOf(cause) === undefined) throw cause;
    throw new RegsweepError(
      'guard-refused',
      `a test blob, which shows whether a registry serves this tree or a copy of it, can't be written: ${messageOf(cause)}`,
      {
        path: tree.v2,
        cause,
        remedy: isNoSpace(cause)
          ? 'free some kilobytes, or stop the other registries on this host for the time of this run'
          : 'stop the other registries on this host for the time of this run',
      },
    );
  }
}

function writeNonce(tree: StorageTree): Nonce {
  if (tree.viaSymlink) {
    throw new RegsweepError('guard-refused', 'the tree is reached through a symbolic link', {
      path: tree.v2,
      remedy: 'give the real rootdirectory',
    });
  }
  recoverNonce(tree);
  const content = `regsweep ${randomBytes(24).toString('hex')}\n`;
  const repository = `regsweep-nonce-${randomBytes(8).toString('hex')}`;
  const plain: Nonce = { repository, digest: digestOf(content), content, folders: [] };
  return withWriter(tree, (writer) => {
    const above = new Set(filesOf(plain).flatMap(([path]) => ancestorsOf(path)));
    const nonce = { ...plain, folders: [...above].filter((path) => isMissing(writer, path)) };
    writeRecord(tree, nonce);
    try {
      const owner = { mode: 0o755, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
      for (const folder of nonce.folders) writer.makeFolder(folder, owner);
      for (const [path, text] of filesOf(nonce)) writer.createFile(path, text, 0o644);
      return nonce;
    } catch (error) {
      removeNonce(tree, nonce);
      throw error;
    }
  });
}

const isMissing = (writer: StorageWriter, path: string): boolean =>
  writer.lstat(path) === undefined;

/** @throws system errors, so that the user learns of a nonce that stays behind */
export function removeNonce(tree: StorageTree, nonce: Nonce): void {
  withWriter(tree, (writer) => {
    for (const [path, text] of filesOf(nonce).reverse()) {
      if (isOurs(writer, path, text)) writer.unlink(path);
    }
    for (const folder of [...nonce.folders].reverse()) {
      if (!isMissing(writer, folder)) removeEmpty(writer, folder);
    }
  });
  fs.unlinkSync(recordOf(tree));
}

/**
 * Removes the nonce of a killed command, if there is one.
 * @throws RegsweepError `failed` if the record is no regular file
 */
export function recoverNonce(tree: StorageTree): void {
  const nonce = readRecord(tree);
  if (nonce !== undefined) removeNonce(tree, nonce);
}

/** Whether the file has the nonce's content, or a beginning of it that a killed command wrote. */
function isOurs(writer: StorageWriter, path: string, text: string): boolean {
  const stat = writer.lstat(path);
  if (stat?.isFile() !== true || stat.size > text.length) return false;
  return text.startsWith(fs.readFileSync(writer.at(path), 'utf8'));
}

/** Keeps a folder that another process has put an entry into. */
function removeEmpty(writer: StorageWriter, folder: string): void {
  try {
    writer.rmdir(folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY') throw error;
  }
}

function withWriter<T>(tree: StorageTree, work: (writer: StorageWriter) => T): T {
  const writer = StorageWriter.open(tree.v2);
  try {
    if (writer.inode === tree.inode && writer.device === tree.device) return work(writer);
    throw new RegsweepError('guard-refused', `${tree.v2} was replaced during the run`, {
      path: tree.v2,
    });
  } finally {
    writer.close();
  }
}

const recordOf = ({ rootDirectory }: StorageTree): string =>
  `${rootDirectory}/${STATE_DIRECTORY}/${NAME}`;

function writeRecord(tree: StorageTree, nonce: Nonce): void {
  fs.mkdirSync(`${tree.rootDirectory}/${STATE_DIRECTORY}`, { recursive: true, mode: 0o700 });
  const fd = fs.openSync(recordOf(tree), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    fs.writeSync(fd, JSON.stringify({ v: 1, ...nonce }));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Derives the paths from the content, so that the record can't name other files. Removes a record
 * that is incomplete: nothing was written to the tree before it was complete.
 */
function readRecord(tree: StorageTree): Nonce | undefined {
  const path = recordOf(tree);
  let text: string;
  try {
    const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      if (!fs.fstatSync(fd).isFile()) throw notRegularFile(path);
      const bytes = Buffer.alloc(MAX_BYTES);
      text = bytes.toString('utf8', 0, fs.readSync(fd, bytes, 0, MAX_BYTES, 0));
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (errnoOf(error) === 'ELOOP' || errnoOf(error) === 'ENXIO') throw notRegularFile(path);
    throw error;
  }
  const nonce = parse(text);
  if (nonce === undefined) fs.unlinkSync(path);
  return nonce;
}

function parse(text: string): Nonce | undefined {
  try {
    const { repository, content, folders } = JSON.parse(text) as Nonce;
    if (!REPOSITORY.test(repository) || !/^regsweep [0-9a-f]{48}\n$/.test(content))
      return undefined;
    const nonce: Nonce = { repository, content, digest: digestOf(content), folders };
    const above = new Set(filesOf(nonce).flatMap(([path]) => ancestorsOf(path)));
    return folders.every((folder) => above.has(folder)) ? nonce : undefined;
  } catch {
    return undefined;
  }
}

function notRegularFile(path: string): RegsweepError {
  return new RegsweepError('failed', `${path} is not a regular file`, {
    path,
    remedy: 'look at the file, move it away, and run again',
  });
}

export const nonceQuestion = (nonce: Nonce): ProbeQuestion => ({
  method: 'GET',
  path: `/v2/${nonce.repository}/blobs/${nonce.digest}`,
});

export const showsContent = (reply: ReplyOrError, { content }: Nonce): boolean =>
  !('error' in reply) && reply.status === 200 && reply.body === content;
