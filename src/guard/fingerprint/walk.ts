/** Walks folders and adds up their entries' hashes. Stops after a budget and returns the rest. */
import fs, { type Stats } from 'node:fs';
import { isAlgorithm } from '../../storage/digest.js';
import { DATA, LINK, UPLOADS } from '../../storage/layout.js';
import { fsPath, nameFromBytes } from '../../storage/names.js';
import { errnoOf } from '../../util/errors.js';
import { addEntry, LANES } from './entry-hash.js';

/**
 * What an earlier walk of the tree found. By the layout most folders contain one file and nothing
 * else. If an earlier walk has seen that, and the folder hasn't changed since, the file is read
 * without listing the folder again.
 */
export interface Known {
  /** Folders that changed at this time or later, by their own times, are listed again. */
  readonly beforeMs: number;
  /** Folders with other contents than the layout says. */
  readonly odd: ReadonlySet<string>;
}

/** A folder to be listed. Its own entry is already in the sum. */
export interface WalkTask {
  readonly path: string;
  /** The folder is `_uploads`, or below it. */
  readonly uploads: boolean;
}

/** Offsets of the four sums in one array. The sum of the files follows the sum of all entries. */
export const SUMS = { tree: 0, treeFiles: LANES, uploads: 2 * LANES, uploadFiles: 3 * LANES };
export const SUM_LENGTH = 4 * LANES;

export interface WalkResult {
  readonly sums: Uint32Array;
  entries: number;
  uploadEntries: number;
  /** Folders that are still to be walked. */
  readonly rest: WalkTask[];
  /** Symbolic links to folders. The caller decides which targets to walk. */
  readonly links: WalkTask[];
  /** The latest changes since the given time, newest first. */
  readonly recent: Change[];
  /** The same within `_uploads`. */
  readonly recentUploads: Change[];
  /** Listed folders with other contents than the layout says. */
  readonly odd: string[];
}

export interface Change {
  readonly path: string;
  readonly atMs: number;
}

const { S_IFMT, S_IFDIR } = fs.constants;
const RECENT_LIMIT = 5;
const NO_THROW = { throwIfNoEntry: false } as const;

/**
 * @param budget number of entries after which to stop
 * @param sinceMs reports entries that changed at this time or later, in ms since the epoch
 * @param stops folders that are returned in `rest` instead of being listed
 * @throws system errors; an entry that vanished meanwhile is left out, which changes the sum
 */
export function walk(
  tasks: readonly WalkTask[],
  budget: number,
  sinceMs: number,
  known?: Known,
  stops?: ReadonlySet<string>,
): WalkResult {
  return new Walker(sinceMs, known, stops).walk(tasks, budget);
}

class Walker {
  readonly #result: WalkResult = {
    sums: new Uint32Array(SUM_LENGTH),
    entries: 0,
    uploadEntries: 0,
    rest: [],
    links: [],
    recent: [],
    recentUploads: [],
    odd: [],
  };
  #budget = 0;

  constructor(
    private readonly sinceMs: number,
    private readonly known: Known | undefined,
    private readonly stops: ReadonlySet<string> | undefined,
  ) {}

  walk(tasks: readonly WalkTask[], budget: number): WalkResult {
    const result = this.#result;
    const postponed: WalkTask[] = [];
    result.rest.push(...tasks);
    this.#budget = budget;
    while (result.rest.length > 0 && !this.#isOverBudget()) {
      const task = result.rest.pop()!;
      if (this.stops?.has(task.path) === true) postponed.push(task);
      else this.#folder(task);
    }
    result.rest.push(...postponed);
    return result;
  }

  #isOverBudget(): boolean {
    return this.#result.entries + this.#result.uploadEntries >= this.#budget;
  }

  #folder(task: WalkTask): void {
    const names = namesIn(task.path);
    const base = baseOf(task.path);
    if (!task.uploads) this.#noteOdd(task.path, baseOf(parentOf(task.path)), base, names);
    for (const name of names) this.#entry(task, base, name);
  }

  #entry(task: WalkTask, base: string, name: string): void {
    const path = `${task.path}/${name}`;
    const stat = fs.lstatSync(fsPath(path), NO_THROW);
    if (stat === undefined) return;
    const uploads = task.uploads || name === UPLOADS;
    this.#add(path, stat, uploads);
    if (!isFolder(stat)) {
      if (stat.isSymbolicLink()) this.#target(path, uploads);
      return;
    }
    const only = uploads ? undefined : onlyFileIn(base, name);
    if (only !== undefined && this.stops?.has(path) !== true && this.#leaf(path, only, stat))
      return;
    this.#result.rest.push({ path, uploads });
  }

  /**
   * Reads a folder that has one file by the layout: without listing it if an earlier walk has.
   * @returns false if it may contain anything else
   */
  #leaf(folder: string, only: string, { mtimeMs, ctimeMs }: Stats): boolean {
    const { known } = this;
    if (known === undefined) {
      // Another thread may list the rest.
      if (this.#isOverBudget()) return false;
      const names = namesIn(folder);
      if (names.length !== 1 || names[0] !== only) return false;
    } else if (Math.max(mtimeMs, ctimeMs) >= known.beforeMs || known.odd.has(folder)) {
      return false;
    }
    const path = `${folder}/${only}`;
    const stat = fs.lstatSync(fsPath(path), NO_THROW);
    if (stat === undefined || isFolder(stat) || stat.isSymbolicLink()) return false;
    this.#add(path, stat, false);
    return true;
  }

  /** @param parent the folder's parent's name */
  #noteOdd(folder: string, parent: string, base: string, names: readonly string[]): void {
    const only = onlyFileIn(parent, base);
    if (only === undefined || (names.length === 1 && names[0] === only)) return;
    this.#result.odd.push(folder);
  }

  #add(path: string, stat: Stats, uploads: boolean): void {
    addStat(this.#result, stat, isFolder(stat), uploads);
    this.#noteChange(path, stat, uploads);
  }

  #noteChange(path: string, { ctimeMs, mtimeMs }: Stats, uploads: boolean): void {
    const atMs = Math.max(ctimeMs, mtimeMs);
    if (atMs < this.sinceMs) return;
    const { recent, recentUploads } = this.#result;
    addRecent(uploads ? recentUploads : recent, [{ path, atMs }]);
  }

  /**
   * Adds the target of a link, since writes through the link change the target. A file's target is
   * added only to the sum of all entries: a sweep moves the link, never the target.
   */
  #target(path: string, uploads: boolean): void {
    const target = targetOf(path);
    if (target === undefined) return;
    if (isFolder(target)) {
      this.#result.links.push({ path, uploads });
      return;
    }
    addEntry(this.#result.sums, uploads ? SUMS.uploads : SUMS.tree, target);
    this.#noteChange(path, target, uploads);
  }
}

const isFolder = ({ mode }: Stats): boolean => (mode & S_IFMT) === S_IFDIR;

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));

/** The only file that a folder `parent`/`name` has by the layout; undefined if it may have more. */
function onlyFileIn(parent: string, name: string): string | undefined {
  if (isAlgorithm(parent)) return name.length > parent.length ? LINK : undefined;
  if (parent.length === 2) return name.length > 2 && name.startsWith(parent) ? DATA : undefined;
  return name === 'current' ? LINK : undefined;
}

/** Adds an entry to the sums of the tree or of `_uploads`, and a file also to that of the files. */
export function addStat(result: WalkResult, stat: Stats, folder: boolean, uploads: boolean): void {
  const offset = uploads ? SUMS.uploads : SUMS.tree;
  addEntry(result.sums, offset, stat, folder ? undefined : offset + LANES);
  if (uploads) result.uploadEntries += 1;
  else result.entries += 1;
}

/** Adds changes and keeps the newest RECENT_LIMIT. */
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

/** @returns undefined for a dangling link or a loop */
function targetOf(path: string): Stats | undefined {
  try {
    return fs.statSync(fsPath(path), NO_THROW);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}
