/** The context of scan tasks, and functions that they share. */

import { asideSuffixIn } from '../../storage/layout.js';
import type { Entry, EntryType, FileStat, StorageReader } from '../../storage/port.js';
import { append } from '../../util/append.js';
import { errnoOf } from '../../util/errors.js';
import { UNKNOWN_TIME } from '../../util/iso-time.js';
import type { Finding } from '../findings.js';

export interface ScanContext {
  readonly reader: StorageReader;
  /** Device of `docker/registry/v2`. Files on another device are never removed. */
  readonly device: number;
  /** Ignore ctimes in the age of a blob. */
  readonly ageByMtime: boolean;
  /** Mount points inside the tree, relative to v2. */
  readonly mounts: readonly string[];
}

/** Findings and empty folders that a task saw. */
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

/** Entries of one folder, in columns. */
export interface Names {
  readonly names: readonly string[];
  /** Undefined: all entries are folders. */
  readonly types: readonly EntryType[] | undefined;
}

export interface NameListing extends Names {
  readonly stat: FileStat;
}

/**
 * Converts ms to whole seconds, rounded up so that nothing looks older than it is. An unknown time
 * (NaN) becomes UNKNOWN_TIME, the maximum.
 */
export function seconds(ms: number): number {
  if (!(ms > 0)) return Number.isNaN(ms) ? UNKNOWN_TIME : 0;
  return Math.min(Math.ceil(ms / 1000), UNKNOWN_TIME);
}

/**
 * Lists a folder. Follows symbolic links, as the registry does.
 * @returns undefined if the folder does not exist, or can't be listed; the latter adds an `unsafe`
 *   finding
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
 * Lists a large folder of folders, like `listFolder`. If the link count equals 2 plus the number of
 * names, all entries are folders, and their types need not be read.
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
    seen.add({ code: 'unreadable-folder', ...where, detail: 'not a folder' });
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
  if (entries === undefined) throw new Error('removed during the scan');
  return checkEntries(context, seen, path, entries, stat);
}

/** Resolves entries of unknown type, and compares the listing with the folder's link count. */
function checkEntries(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  entries: readonly Entry[],
  stat: FileStat,
): readonly Entry[] {
  const settled = entries.some((entry) => entry.type === 'unknown')
    ? entries.map((entry) => resolveType(context, path, entry))
    : entries;
  let folders = 0;
  for (const entry of settled) if (entry.type === 'directory') folders += 1;
  if (stat.nlink > 2 + folders) {
    const detail = `link count ${stat.nlink}, ${folders} subfolders listed`;
    seen.add({ code: 'listing-contradiction', path, detail });
  }
  return settled;
}

function resolveType(context: ScanContext, path: string, entry: Entry): Entry {
  if (entry.type !== 'unknown') return entry;
  const stat = context.reader.lstat(`${path}/${entry.name}`);
  return stat === undefined ? entry : { name: entry.name, type: stat.type };
}

/**
 * Lists the folders of a tree that contains only folders, so that rmdir can remove it.
 * @returns the folders, deepest first; undefined if the tree contains anything else
 */
function emptyTree(context: ScanContext, path: string, depth = 8): string[] | undefined {
  if (depth === 0) return undefined;
  const entries = context.reader.list(path);
  if (entries === undefined) return undefined;
  const folders: string[] = [];
  for (const entry of entries) {
    if (entry.type !== 'directory') return undefined;
    const below = emptyTree(context, `${path}/${entry.name}`, depth - 1);
    if (below === undefined) return undefined;
    append(folders, below);
  }
  folders.push(path);
  return folders;
}

/**
 * Handles a folder that lacks its defining file. An empty one is debris; otherwise the finding
 * `otherwise` is added.
 * @returns whether it is empty
 */
export function noteIncompleteFolder(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  otherwise: Finding,
): boolean {
  try {
    const folder = context.reader.lstat(path)?.type === 'directory';
    const empty = folder ? emptyTree(context, path) : undefined;
    if (empty === undefined) {
      seen.add(otherwise);
      noteFilePutAside(context, seen, path, otherwise.repository);
    } else if (isOnMount(context, path)) seen.add({ code: 'other-filesystem', path });
    else {
      append(seen.emptyFolders, empty);
      return true;
    }
  } catch (error) {
    seen.add({ code: 'unreadable-folder', path, detail: readErrorReason(error) });
  }
  return false;
}

/** Adds a finding for the first file that an interrupted run has renamed in its own folder. */
export function noteFilePutAside(
  context: ScanContext,
  seen: ScanFindings,
  folder: string,
  repository: string | undefined,
): boolean {
  for (const { name, type } of context.reader.list(folder) ?? []) {
    const path = `${folder}/${name}`;
    if (type === 'directory') {
      if (noteFilePutAside(context, seen, path, repository)) return true;
    } else if (asideSuffixIn(name) !== undefined) {
      const where = repository === undefined ? { path } : { path, repository };
      seen.add({ code: 'file-put-aside', ...where });
      return true;
    }
  }
  return false;
}

/** @returns whether the path is a mount point inside the tree, or lies below one */
export function isOnMount(context: ScanContext, path: string): boolean {
  return context.mounts.some((mount) => path === mount || path.startsWith(`${mount}/`));
}

/** @returns whether the path lies on another filesystem or mount than the tree */
export function isElsewhere(context: ScanContext, path: string, stat: FileStat): boolean {
  return isOnMount(context, path) || stat.dev !== context.device;
}

/** @returns whether a mount point lies below the path */
export function containsMount(context: ScanContext, path: string): boolean {
  return context.mounts.some((mount) => mount.startsWith(`${path}/`));
}

/** @returns the errno name of an error, or its message */
export function readErrorReason(error: unknown): string {
  return errnoOf(error) ?? (error instanceof Error ? error.message : String(error));
}

/** Entries of one folder per task. The rest of a larger folder goes to other tasks, in parts. */
const ENTRIES_PER_TASK = 2048;

const NOTHING: Names = { names: [], types: undefined };

/** @returns `batch`, the names for this task, and `rest`, the others in parts */
function splitNames(all: Names = NOTHING): {
  readonly batch: Names;
  readonly rest: readonly Names[];
} {
  const part = (from: number): Names => ({
    names: all.names.slice(from, from + ENTRIES_PER_TASK),
    types: all.types?.slice(from, from + ENTRIES_PER_TASK),
  });
  if (all.names.length <= ENTRIES_PER_TASK) return { batch: all, rest: [] };
  const rest: Names[] = [];
  for (let i = ENTRIES_PER_TASK; i < all.names.length; i += ENTRIES_PER_TASK) rest.push(part(i));
  return { batch: part(0), rest };
}

/**
 * Lists a folder that may be too large for one task, or takes a part of one.
 * @param part only these entries; undefined: list the folder
 */
export function takePart(
  context: ScanContext,
  seen: ScanFindings,
  folder: string,
  repository: string,
  part: Names | undefined,
): ReturnType<typeof splitNames> & { readonly isImmovable: boolean } {
  const listing = part === undefined ? listNamesOf(context, seen, folder, repository) : undefined;
  const isImmovable =
    listing === undefined ? isOnMount(context, folder) : isElsewhere(context, folder, listing.stat);
  return { ...splitNames(part ?? listing), isImmovable };
}

export const typeAt = ({ types }: Names, i: number): EntryType =>
  types === undefined ? 'directory' : types[i]!;
