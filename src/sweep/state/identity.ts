/**
 * The identity of a tree: a random id in `.regsweep/tree.json`, with the filesystem and folder that
 * it belongs to. A copy, a clone or a snapshot has the same file and is another tree: its `binding`
 * doesn't match.
 */
import { spawnSync } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { bootMoment } from '../../runtime/boot-clock.js';
import { STATE_DIRECTORY, V2 } from '../../storage/layout.js';
import { fsPath, printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { errnoOf, RegsweepError } from '../../util/errors.js';

/**
 * Properties that identify a tree. One that the system doesn't report is missing, and not compared.
 */
export interface Binding {
  readonly root: string;
  /** Inode number of `docker/registry/v2`. */
  readonly inode: string;
  /** Birth time of that folder (ns). Two filesystems with the same inode numbers differ in it. */
  readonly born?: string;
  /** Type and id of the filesystem. On ext4, btrfs and ZFS the id depends on UUID and subvolume. */
  readonly filesystem?: string;
  /** UUID of the logical volume. Snapshots share the filesystem's UUID, but not this one. */
  readonly volume?: string;
  /** major:minor of the device, which may change at each boot. */
  readonly device: string;
  readonly boot?: string;
}

export interface Identity {
  readonly id: string;
  readonly binding: Binding;
}

const FILE = 'tree.json';
const MAX_BYTES = 8192;
const TREE_ID = /^[0-9a-f]{32}$/;

const identityPath = (folder: string): string => `${folder}/${FILE}`;

export const newTreeId = (): string => randomBytes(16).toString('hex');

/** The name of a tree without an id, from its path. */
export const provisionalName = (tree: StorageTree): string =>
  `path-${hash('sha256', tree.rootDirectory).slice(0, 16)}`;

/**
 * @returns undefined without an identity, or with one that is incomplete or was changed
 * @throws RegsweepError `failed` if `tree.json` is no regular file
 */
export function readIdentity(folder: string): Identity | undefined {
  const path = identityPath(folder);
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(fsPath(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    if (errnoOf(error) === 'ELOOP' || errnoOf(error) === 'ENXIO') throw notRegularFile(path);
    throw error;
  }
  try {
    if (!fs.fstatSync(fd).isFile()) throw notRegularFile(path);
    const bytes = Buffer.alloc(MAX_BYTES);
    return parse(bytes.toString('utf8', 0, fs.readSync(fd, bytes, 0, MAX_BYTES, 0)));
  } finally {
    fs.closeSync(fd);
  }
}

function notRegularFile(path: string): RegsweepError {
  return new RegsweepError('failed', `${printable(path)} is not a regular file`, {
    path,
    remedy: 'check it, move it away, and run again',
  });
}

function parse(text: string): Identity | undefined {
  try {
    const value = JSON.parse(text) as { v?: unknown; id?: unknown; binding?: Binding };
    const { v, id, binding } = value;
    if (v !== 1 || typeof id !== 'string' || !TREE_ID.test(id)) return undefined;
    if (typeof binding !== 'object' || binding === null) return undefined;
    const { root, inode, device, ...more } = binding;
    const isKnown = [root, inode, device].every((part) => typeof part === 'string');
    const optional = [more.born, more.filesystem, more.volume, more.boot];
    const isValid = optional.every((part) => part === undefined || typeof part === 'string');
    return isKnown && isValid ? { id, binding } : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the birth time of the tree's folder (ns); undefined if the system doesn't report it */
export const bornOf = (tree: StorageTree): string | undefined => quickBinding(tree).born;

/** The current properties of a tree. */
export function bindingOf(tree: StorageTree): Binding {
  const filesystem = filesystemOf(tree);
  const volume = readOr(`/sys/dev/block/${deviceOf(tree)}/dm/uuid`);
  return {
    ...quickBinding(tree),
    ...(filesystem === undefined ? {} : { filesystem }),
    ...(volume === undefined ? {} : { volume }),
  };
}

function quickBinding(tree: StorageTree): Binding {
  const { birthtimeNs, ctimeNs, ino } = fs.statSync(fsPath(tree.v2), { bigint: true });
  const boot = bootMoment()?.boot;
  // A system without birth times reports 0, or another of the times.
  const born = birthtimeNs === 0n || birthtimeNs === ctimeNs ? undefined : String(birthtimeNs);
  return {
    root: tree.rootDirectory,
    inode: String(ino),
    device: deviceOf(tree),
    ...(born === undefined ? {} : { born }),
    ...(boot === undefined ? {} : { boot }),
  };
}

/** Leaves out XFS, whose id is only the device's number. */
function filesystemOf({ v2, filesystemId }: StorageTree): string | undefined {
  const type = filesystemId.split(':', 1)[0]!;
  if (type === 'xfs') return undefined;
  const { stdout, status } = spawnSync('stat', ['-f', '-c', '%i', v2], { encoding: 'utf8' });
  const id = status === 0 ? stdout.trim() : '';
  return /^[0-9a-f]+$/.test(id) && !/^0+$/.test(id) ? `${type}:${id}` : undefined;
}

/** The device as major:minor. glibc packs both numbers into one. */
function deviceOf({ device }: StorageTree): string {
  const packed = BigInt(device);
  const major = ((packed >> 8n) & 0xfffn) | ((packed >> 32n) & ~0xfffn);
  return `${major}:${(packed & 0xffn) | ((packed >> 12n) & ~0xffn & 0xffffffffn)}`;
}

function readOr(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether an identity belongs to this tree. The device's number alone decides nothing, since it may
 * change at a boot or when a disk is mounted again.
 */
export function isOwn({ id, binding }: Identity, tree: StorageTree): boolean {
  const quick = quickBinding(tree);
  const { root, boot, device } = binding;
  if (binding.inode !== quick.inode || differs(binding.born, quick.born)) return false;
  if (root === quick.root && boot === quick.boot && device === quick.device) return true;
  const now = bindingOf(tree);
  if (differs(binding.filesystem, now.filesystem) || differs(binding.volume, now.volume)) {
    return false;
  }
  return !isElsewhere(id, binding, tree);
}

const differs = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a !== b;

/**
 * Whether another tree with this id still exists, at its path or on its device: this one is a
 * clone.
 */
function isElsewhere(id: string, { root, boot, device }: Binding, tree: StorageTree): boolean {
  if (root !== tree.rootDirectory && isOtherTree(id, root, tree)) return true;
  if (boot === undefined || boot !== bootMoment()?.boot || device === deviceOf(tree)) return false;
  return isAttached(device);
}

function isOtherTree(id: string, root: string, tree: StorageTree): boolean {
  try {
    const there = fs.statSync(fsPath(`${root}/${V2}`), { bigint: true });
    if (String(there.ino) === tree.inode && Number(there.dev) === tree.device) return false;
    return readIdentity(`${root}/${STATE_DIRECTORY}`)?.id === id;
  } catch {
    return false;
  }
}

/** Whether a block device of that number exists. A loop device must also have a backing file. */
function isAttached(device: string): boolean {
  const folder = `/sys/dev/block/${device}`;
  if (!fs.existsSync(folder)) return false;
  return !device.startsWith('7:') || readOr(`${folder}/loop/backing_file`) !== undefined;
}

/** Whether the recorded properties differ from the current ones. */
export const isOutdated = (was: Binding, now: Binding): boolean =>
  JSON.stringify(was) !== JSON.stringify(now);

/**
 * Replaces the file atomically.
 * @throws system errors; RegsweepError `failed` if the file is missing after the rename
 */
export function writeIdentity(folder: string, { id, binding }: Identity): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = fs.constants;
  const path = identityPath(folder);
  const next = `${path}.next`;
  const fd = fs.openSync(fsPath(next), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    fs.writeSync(fd, `${JSON.stringify({ v: 1, id, binding })}\n`);
    fs.fsyncSync(fd);
  } catch (error) {
    fs.unlinkSync(fsPath(next));
    throw error;
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(fsPath(next), fsPath(path));
  // The rename of a faulty filesystem may report success without effect.
  if (readIdentity(folder)?.id === id) return;
  throw new RegsweepError('failed', `${printable(path)} is missing after it was written`, {
    path,
    remedy: 'check the filesystem, then run again; the tree was not changed',
  });
}
