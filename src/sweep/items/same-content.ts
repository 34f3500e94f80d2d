/** Compares files by content. Opens each relative to its folder's descriptor. */
import fs from 'node:fs';
import type { StorageWriter } from '../../storage/writer/writer.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const CHUNK = 1 << 20;

/** Fsyncs a file, so that its content survives a power loss. */
export function syncFile(where: StorageWriter, rel: string): void {
  const fd = fs.openSync(where.at(rel), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Compares byte for byte. @returns false also if one of them is no regular file */
export function sameContent(a: StorageWriter, b: StorageWriter, rel: string, other = rel): boolean {
  const one = fs.openSync(a.at(rel), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const two = fs.openSync(b.at(other), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return equal(one, two);
    } finally {
      fs.closeSync(two);
    }
  } finally {
    fs.closeSync(one);
  }
}

function equal(one: number, two: number): boolean {
  const [a, b] = [fs.fstatSync(one), fs.fstatSync(two)];
  if (!a.isFile() || !b.isFile() || a.size !== b.size) return false;
  const [left, right] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)];
  for (let at = 0; at < a.size; ) {
    const wanted = Math.min(CHUNK, a.size - at);
    const got = fs.readSync(one, left, 0, wanted, at);
    if (got === 0 || fs.readSync(two, right, 0, got, at) !== got) return false;
    if (!left.subarray(0, got).equals(right.subarray(0, got))) return false;
    at += got;
  }
  return true;
}
