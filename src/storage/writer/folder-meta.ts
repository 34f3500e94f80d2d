/** Owner, mode, times and names of a folder, as they are put down and set again. */
import fs, { type BigIntStats } from 'node:fs';
import { nameFromBytes } from '../names.js';

/** Owner, mode and times of a folder; times in nanoseconds as decimal strings. */
export interface FolderMeta {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly atimeNs: string;
  readonly mtimeNs: string;
}

export function metaOf(stat: BigIntStats): FolderMeta {
  return {
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    atimeNs: String(stat.atimeNs),
    mtimeNs: String(stat.mtimeNs),
  };
}

/** Names in a folder, with raw bytes escaped. */
export function listNames(path: string | Buffer): string[] {
  const names = fs.readdirSync(path);
  if (!names.some((name) => name.includes('\ufffd'))) return names;
  return fs.readdirSync(path, { encoding: 'buffer' }).map(nameFromBytes);
}
