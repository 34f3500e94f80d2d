/** Owner, mode, times and entry names of folders, to record them and to restore them. */
import fs, { type BigIntStats } from 'node:fs';
import { nameFromBytes } from '../names.js';

/** Owner, mode and times of a folder. Times are in nanoseconds, as decimal strings. */
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

/** @returns the names in a folder, with raw bytes escaped */
export function listNames(path: string | Buffer): string[] {
  const names = fs.readdirSync(path);
  if (!names.some((name) => name.includes('\ufffd'))) return names;
  return fs.readdirSync(path, { encoding: 'buffer' }).map(nameFromBytes);
}
