/** Walks folders and sums up their entries' hashes; stops after a while and hands back what is left. */
import fs, { type Stats } from 'node:fs';
import { errnoOf } from '../errors.js';
import { UPLOADS } from '../storage/layout.js';
import { fsPath, nameFromBytes } from '../storage/names.js';
import { addEntry, LANES } from './entry-hash.js';

/** A folder still to be listed; its own entry is summed up already. */
export interface WalkTask {
  readonly path: string;
  /** It is `_uploads`, or lies beneath. */
  readonly uploads: boolean;
}

/** Offsets of the four sums in one array. */
export const SUMS = { tree: 0, treeFiles: LANES, uploads: 2 * LANES, uploadFiles: 3 * LANES };
export const SUM_LENGTH = 4 * LANES;

export interface WalkResult {
  readonly sums: Uint32Array;
  entries: number;
  uploadEntries: number;
  /** Left to do. */
  readonly rest: WalkTask[];
  /** Symbolic links to folders: where they lead is decided in one place. */
  readonly links: WalkTask[];
  /** The newest of what changed since the given time. */
  readonly recent: Change[];
}

export interface Change {
  readonly path: string;
  readonly atMs: number;
}

const RECENT_LIMIT = 5;
const NO_THROW = { throwIfNoEntry: false } as const;

/**
 * @param budget entries after which to stop
 * @param sinceMs names entries that changed at this time or later
 * @throws system errors; an entry that vanished is a change, and shows as one
 */
export function walk(tasks: readonly WalkTask[], budget: number, sinceMs: number): WalkResult {
  const result: WalkResult = {
    sums: new Uint32Array(SUM_LENGTH),
    entries: 0,
    uploadEntries: 0,
    rest: [...tasks],
    links: [],
    recent: [],
  };
  while (result.rest.length > 0 && result.entries + result.uploadEntries < budget) {
    listFolder(result.rest.pop()!, result, sinceMs);
  }
  return result;
}

function listFolder(task: WalkTask, result: WalkResult, sinceMs: number): void {
  const prefix = `${task.path}/`;
  for (const name of namesIn(task.path)) {
    const path = prefix + name;
    const stat = fs.lstatSync(fsPath(path), NO_THROW);
    if (stat === undefined) continue;
    const uploads = task.uploads || name === UPLOADS;
    const folder = stat.isDirectory();
    addStat(result, stat, folder, uploads);
    if (folder) result.rest.push({ path, uploads });
    else if (stat.isSymbolicLink() && leadsToFolder(path)) result.links.push({ path, uploads });
    const atMs = Math.max(stat.ctimeMs, stat.mtimeMs);
    if (atMs >= sinceMs && !uploads) addRecent(result.recent, [{ path, atMs }]);
  }
}

export function addStat(result: WalkResult, stat: Stats, folder: boolean, uploads: boolean): void {
  addEntry(result.sums, uploads ? SUMS.uploads : SUMS.tree, stat);
  if (!folder) addEntry(result.sums, uploads ? SUMS.uploadFiles : SUMS.treeFiles, stat);
  if (uploads) result.uploadEntries += 1;
  else result.entries += 1;
}

/** Keeps the newest few. */
export function addRecent(recent: Change[], more: readonly Change[]): void {
  if (more.length === 0) return;
  recent.push(...more);
  recent.sort((a, b) => b.atMs - a.atMs);
  recent.length = Math.min(recent.length, RECENT_LIMIT);
}

function namesIn(path: string): string[] {
  const where = fsPath(path);
  try {
    const names = fs.readdirSync(where);
    if (!names.some((name) => name.includes('\ufffd'))) return names;
    return fs.readdirSync(where, 'buffer').map(nameFromBytes);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function leadsToFolder(path: string): boolean {
  try {
    return fs.statSync(fsPath(path), NO_THROW)?.isDirectory() === true;
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') return false;
    throw error;
  }
}
