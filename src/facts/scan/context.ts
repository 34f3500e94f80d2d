/** What every scan task works with, and the small things that all of them do. */

import type { Entry, EntryType, FileStat, StorageReader } from '../../storage/port.js';
import { errnoOf } from '../../util/errors.js';
import type { Finding } from '../findings.js';

export interface ScanContext {
  readonly reader: StorageReader;
  /** Device of `docker/registry/v2`; what lies on another one is never removed. */
  readonly device: number;
  /** Leave change times out of a blob's age. */
  readonly ageByMtime: boolean;
  /** Mount points inside the tree, relative to v2. */
  readonly mounts: readonly string[];
}

/** What a task saw besides its own result. */
export class ScanFindings {
  readonly findings: Finding[] = [];
  readonly emptyFolders: string[] = [];

  add(finding: Finding): void {
    this.findings.push(finding);
  }
}

export interface Listing {
  readonly entries: readonly Entry[];
  readonly stat: FileStat;
}

/** Some entries of one folder, in columns. */
export interface Names {
  readonly names: readonly string[];
  /** Undefined: all of them are folders. */
  readonly types: readonly EntryType[] | undefined;
}

export interface NameListing extends Names {
  readonly stat: FileStat;
}

/** Whole seconds, rounded up, so that a time is never taken for older than it is. */
export function seconds(ms: number): number {
  if (!(ms > 0)) return Number.isNaN(ms) ? 0xffffffff : 0;
  return Math.min(Math.ceil(ms / 1000), 0xffffffff);
}

/**
 * Lists a folder, following symbolic links as the registry does. What can't be listed is an
 * `unsafe` finding and `undefined`; a folder that isn't there is `undefined` without one.
 */
export function listFolder(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  repository?: string,
): Listing | undefined {
  return inFolder(context, seen, path, repository, (stat) => ({
    entries: entriesOf(context, seen, path, stat),
    stat,
  }));
}

/**
 * The same for large folders of folders. A link count that leaves room for just so many folders as
 * there are names tells that all of them are folders, without a look at their types.
 */
export function listNamesOf(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  repository?: string,
): NameListing | undefined {
  return inFolder(context, seen, path, repository, (stat) => {
    const names = context.reader.names(path);
    if (names !== undefined && stat.nlink === 2 + names.length) {
      return { names, types: undefined, stat };
    }
    const entries = entriesOf(context, seen, path, stat);
    return {
      names: entries.map((entry) => entry.name),
      types: entries.map((entry) => entry.type),
      stat,
    };
  });
}

function inFolder<T>(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  repository: string | undefined,
  list: (stat: FileStat) => T,
): T | undefined {
  const where = repository === undefined ? { path } : { path, repository };
  try {
    const stat = context.reader.stat(path);
    if (stat === undefined) {
      if (context.reader.lstat(path) !== undefined)
        seen.add({ code: 'dangling-symlink', ...where });
      return undefined;
    }
    if (stat.type === 'directory') return list(stat);
    seen.add({ code: 'unreadable-folder', ...where, detail: 'it is no folder' });
    return undefined;
  } catch (error) {
    seen.add({ code: 'unreadable-folder', ...where, detail: readErrorReason(error) });
    return undefined;
  }
}

function entriesOf(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  stat: FileStat,
): readonly Entry[] {
  const entries = context.reader.list(path);
  if (entries === undefined) throw new Error('it vanished while it was read');
  return whole(context, seen, path, entries, stat);
}

/** Settles entries of unknown type, and compares the listing with the folder's link count. */
function whole(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  entries: readonly Entry[],
  stat: FileStat,
): readonly Entry[] {
  const settled = entries.some((entry) => entry.type === 'unknown')
    ? entries.map((entry) => settle(context, path, entry))
    : entries;
  let folders = 0;
  for (const entry of settled) if (entry.type === 'directory') folders += 1;
  if (stat.nlink > 2 + folders) {
    const detail = `link count ${stat.nlink}, ${folders} subfolders listed`;
    seen.add({ code: 'listing-contradiction', path, detail });
  }
  return settled;
}

function settle(context: ScanContext, path: string, entry: Entry): Entry {
  if (entry.type !== 'unknown') return entry;
  const stat = context.reader.lstat(`${path}/${entry.name}`);
  return stat === undefined ? entry : { name: entry.name, type: stat.type };
}

/**
 * The folders of a tree that holds nothing but folders, deepest first; undefined where it holds
 * anything else. Such a tree can go with rmdir alone.
 */
export function emptyTree(context: ScanContext, path: string, depth = 8): string[] | undefined {
  if (depth === 0) return undefined;
  const entries = context.reader.list(path);
  if (entries === undefined) return undefined;
  const folders: string[] = [];
  for (const entry of entries) {
    if (entry.type !== 'directory') return undefined;
    const below = emptyTree(context, `${path}/${entry.name}`, depth - 1);
    if (below === undefined) return undefined;
    folders.push(...below);
  }
  folders.push(path);
  return folders;
}

/**
 * A folder without the file that gives it its meaning: an empty one is debris, others are shown.
 * @returns true where it is empty
 */
export function noteHollow(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  otherwise: Finding,
): boolean {
  try {
    const folder = context.reader.lstat(path)?.type === 'directory';
    const empty = folder ? emptyTree(context, path) : undefined;
    if (empty === undefined) seen.add(otherwise);
    else if (isBeyond(context, path)) seen.add({ code: 'other-filesystem', path });
    else {
      seen.emptyFolders.push(...empty);
      return true;
    }
  } catch (error) {
    seen.add({ code: 'unreadable-folder', path, detail: readErrorReason(error) });
  }
  return false;
}

/** On or below a mount point inside the tree. */
export function isBeyond(context: ScanContext, path: string): boolean {
  return context.mounts.some((mount) => path === mount || path.startsWith(`${mount}/`));
}

/** On another filesystem or mount than the tree. */
export function isElsewhere(context: ScanContext, path: string, stat: FileStat): boolean {
  return isBeyond(context, path) || stat.dev !== context.device;
}

/** A mount point lies below. */
export function holdsMount(context: ScanContext, path: string): boolean {
  return context.mounts.some((mount) => mount.startsWith(`${path}/`));
}

export function readErrorReason(error: unknown): string {
  return errnoOf(error) ?? (error instanceof Error ? error.message : String(error));
}

/** Entries of one folder per task; a larger folder is handed back in parts for other tasks. */
const PART = 2048;

const NOTHING: Names = { names: [], types: undefined };

export function inParts(all: Names = NOTHING): {
  readonly mine: Names;
  readonly rest: readonly Names[];
} {
  const part = (from: number): Names => ({
    names: all.names.slice(from, from + PART),
    types: all.types?.slice(from, from + PART),
  });
  if (all.names.length <= PART) return { mine: all, rest: [] };
  const rest: Names[] = [];
  for (let i = PART; i < all.names.length; i += PART) rest.push(part(i));
  return { mine: part(0), rest };
}

export const typeAt = ({ types }: Names, i: number): EntryType =>
  types === undefined ? 'directory' : types[i]!;
