/**
 * Classifies an executable by its bytes. Results are cached by the file's identity, size and times.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { attempt, isSeen, type ProcResult } from './procfs.js';

/**
 * `registry`: it contains distribution's filesystem driver.
 * `client`: it contains only parts of distribution, as container engines do. Its command line
 * decides whether it is a registry.
 */
export type ExecutableKind = 'registry' | 'client' | 'plain';

const CHUNK = 1 << 20;
/** Joined at run time, so that a bundle of regsweep doesn't contain the strings of a registry. */
const words = (...parts: string[]): Buffer => Buffer.from(parts.join('/'));
const STORAGE = words('registry', 'storage');
const DRIVER = words('registry', 'storage', 'driver', 'filesystem');
const MODULE = Buffer.from('distribution/');
const OVERLAP = DRIVER.length - 1;
const CACHE_LIMIT = 4096;

const kinds = new Map<string, ExecutableKind>();
const hashes = new Map<string, string>();

/** @param path opens the executable, such as `/proc/<pid>/exe` */
export function executableKind(path: string): ProcResult<ExecutableKind> {
  if (kinds.size === 0) addOwn();
  return cached(kinds, path, scan);
}

/** What runs this program is no registry. It is 100 MB, and a scan of it costs 0.25 s. */
function addOwn(): void {
  const own = attempt(() => identity(fs.statSync('/proc/self/exe', { bigint: true })));
  if (isSeen(own)) kinds.set(own, 'plain');
}

const ELF = Buffer.from('\x7fELF', 'latin1');
/** About ten times a registry's size in bytes. Larger mapped files are data. */
const BINARY_LIMIT = 512 << 20;

/**
 * Whether a file is an ELF binary of a registry.
 * @returns false for a file that can't be read
 */
export function isRegistryBinary(path: string): boolean {
  const binary = attempt(() => {
    const stat = fs.statSync(path);
    return stat.isFile() && stat.size <= BINARY_LIMIT && beginsWith(path, ELF);
  });
  return binary === true && executableKind(path) === 'registry';
}

function beginsWith(path: string, bytes: Buffer): boolean {
  const fd = fs.openSync(path, 'r');
  try {
    const start = Buffer.alloc(bytes.length);
    fs.readSync(fd, start, 0, start.length, 0);
    return start.equals(bytes);
  } finally {
    fs.closeSync(fd);
  }
}

/** SHA-256 of the executable, in hex. */
export function executableHash(path: string): ProcResult<string> {
  return cached(hashes, path, (fd) => {
    const hash = createHash('sha256');
    forEachChunk(fd, 0, (chunk) => {
      hash.update(chunk);
      return true;
    });
    return hash.digest('hex');
  });
}

function cached<T>(cache: Map<string, T>, path: string, compute: (fd: number) => T): ProcResult<T> {
  return attempt(() => {
    const key = identity(fs.statSync(path, { bigint: true }));
    const known = cache.get(key);
    if (known !== undefined) return known;
    const fd = fs.openSync(path, 'r');
    try {
      const value = compute(fd);
      if (cache.size >= CACHE_LIMIT) cache.clear();
      cache.set(identity(fs.fstatSync(fd, { bigint: true })), value);
      return value;
    } finally {
      fs.closeSync(fd);
    }
  });
}

const identity = (stat: fs.BigIntStats): string =>
  `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;

function scan(fd: number): ExecutableKind {
  const found = { storage: false, driver: false, module: false };
  forEachChunk(fd, OVERLAP, (chunk) => {
    found.storage ||= chunk.includes(STORAGE);
    found.driver ||= found.storage && chunk.includes(DRIVER);
    found.module ||= chunk.includes(MODULE);
    return !(found.driver && found.module);
  });
  if (found.driver && found.module) return 'registry';
  return found.storage ? 'client' : 'plain';
}

/** Reads the file in chunks. Each begins with the last `overlap` bytes of the one before. */
function forEachChunk(fd: number, overlap: number, visit: (chunk: Buffer) => boolean): void {
  const buffer = Buffer.allocUnsafe(CHUNK + overlap);
  let carried = 0;
  for (;;) {
    const read = fs.readSync(fd, buffer, carried, CHUNK, null);
    if (read === 0) return;
    const length = carried + read;
    if (!visit(buffer.subarray(0, length))) return;
    carried = Math.min(overlap, length);
    buffer.copy(buffer, 0, length - carried, length);
  }
}
