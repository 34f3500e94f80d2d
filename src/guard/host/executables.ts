/** What an executable is, told from its bytes; kept by identity, since executables don't change in place. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { attempt, type ProcResult } from './procfs.js';

/**
 * `registry`: it carries distribution's filesystem driver.
 * `client`: only parts of distribution, as container engines do; its command line decides.
 */
export type ExecutableKind = 'registry' | 'client' | 'plain';

const CHUNK = 1 << 20;
/** Made here, so that a bundle of this program doesn't carry what tells a registry. */
const words = (...parts: string[]): Buffer => Buffer.from(parts.join('/'));
const STORAGE = words('registry', 'storage');
const DRIVER = words('registry', 'storage', 'driver', 'filesystem');
const MODULE = Buffer.from('distribution/');
const OVERLAP = DRIVER.length - 1;
const CACHE_LIMIT = 4096;

const kinds = new Map<string, ExecutableKind>();
const hashes = new Map<string, string>();

/** @param path something that opens the executable, such as `/proc/<pid>/exe` */
export function executableKind(path: string): ProcResult<ExecutableKind> {
  return remembered(kinds, path, scan);
}

const ELF = Buffer.from('\x7fELF', 'latin1');
/** Ten times a registry's binary; models and libraries that are mapped are far larger. */
const BINARY_LIMIT = 512 << 20;

/** @param path of any file; what can't be read is none */
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
  return remembered(hashes, path, (fd) => {
    const hash = createHash('sha256');
    forEachChunk(fd, 0, (chunk) => {
      hash.update(chunk);
      return true;
    });
    return hash.digest('hex');
  });
}

function remembered<T>(
  cache: Map<string, T>,
  path: string,
  compute: (fd: number) => T,
): ProcResult<T> {
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

/** Hands out the file piece by piece, each beginning with the end of the one before. */
function forEachChunk(fd: number, overlap: number, visit: (chunk: Buffer) => boolean): void {
  const buffer = Buffer.allocUnsafe(CHUNK + overlap);
  let kept = 0;
  for (;;) {
    const read = fs.readSync(fd, buffer, kept, CHUNK, null);
    if (read === 0) return;
    const length = kept + read;
    if (!visit(buffer.subarray(0, length))) return;
    kept = Math.min(overlap, length);
    buffer.copy(buffer, 0, length - kept, length);
  }
}
