import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fsPath } from '../../../storage/names.js';

const CHUNK = 1 << 20;

/** Whether two files have the same content. */
export function sameFile(one: string, other: string): boolean {
  const a = openSync(fsPath(one), 'r');
  try {
    const b = openSync(fsPath(other), 'r');
    try {
      return fstatSync(a).size === fstatSync(b).size && sameBytes(a, b);
    } finally {
      closeSync(b);
    }
  } finally {
    closeSync(a);
  }
}

function sameBytes(a: number, b: number): boolean {
  const [left, right] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)];
  for (;;) {
    const read = readSync(a, left, 0, CHUNK, null);
    let filled = 0;
    while (filled < read) {
      const more = readSync(b, right, filled, read - filled, null);
      if (more === 0) return false;
      filled += more;
    }
    if (read === 0) return true;
    if (!left.subarray(0, read).equals(right.subarray(0, read))) return false;
  }
}
