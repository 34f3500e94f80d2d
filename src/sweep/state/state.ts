/**
 * regsweep's state folder beside the tree: `.regsweep/{tree.json,runs/<id>/trash,
 * runs/<id>/journal.jsonl,audit.jsonl}`. With a state directory the journal and the audit log are
 * in `trees/<id of the tree>` there, since several trees may share it. The trash stays beside the
 * tree, since a rename can't cross filesystems.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';
import { STATE_DIRECTORY } from '../../storage/layout.js';
import { fsPath, printable } from '../../storage/names.js';
import { requireOutside } from '../../storage/outside-tree.js';
import type { StorageTree } from '../../storage/port.js';
import { errnoOf, RegsweepError } from '../../util/errors.js';
import { provisionalName } from './identity.js';
import { isOldLayout, ownIdentity, treeFolder } from './own-identity.js';

export interface SweepState {
  readonly tree: StorageTree;
  /** Undefined before a changing command gave the tree an id. */
  readonly treeId: string | undefined;
  /** `<rootdirectory>/.regsweep`, with the trash. */
  readonly home: string;
  /** Folder of journals and audit log: `home`, or the tree's folder in the state directory. */
  readonly base: string;
  /** The state directory, if one is set. */
  readonly directory: string | undefined;
  readonly auditPath: string;
  /** See `audit-anchor.ts`. */
  readonly auditAnchorPath: string;
  /** Folder of the records of earlier runs, for other modules. */
  readonly historyPath: string;
  runFolder(id: string): string;
  /** The journal's path; in `home` if only that exists, whichever state directory is set now. */
  journalPath(id: string): string;
  trashPath(id: string): string;
}

const RUN_ID = /^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$/;

const isRunId = (id: string): boolean => RUN_ID.test(id);

/**
 * Computes the paths, and refuses folders that another user may have prepared. Creates nothing.
 * @param stateDir folder for journal and audit log instead of `<rootdirectory>/.regsweep`; each tree
 *   gets a folder in it
 * @throws RegsweepError `failed` if `.regsweep` is a symbolic link, is on another filesystem, or
 *   another user owns it or may write to it; `usage` if the state directory is in the tree
 */
export function openState(tree: StorageTree, stateDir?: string): SweepState {
  const home = homeOf(tree);
  checkFolder(home, tree.device);
  checkFolder(`${home}/runs`, tree.device);
  if (stateDir !== undefined) {
    requireOutside(tree.v2, stateDir, '--state-dir');
    checkFolder(stateDir);
  }
  const treeId = ownIdentity(tree, home, stateDir)?.id;
  const base = stateDir === undefined ? home : baseIn(stateDir, tree, treeId);
  if (base !== home) {
    checkFolder(dirname(base));
    checkFolder(base);
    checkFolder(`${base}/runs`);
  }
  return stateOf(tree, treeId, base, stateDir);
}

/** Path of `.regsweep` beside the tree. */
export const homeOf = (tree: StorageTree): string =>
  tree.rootDirectory === '/' ? `/${STATE_DIRECTORY}` : `${tree.rootDirectory}/${STATE_DIRECTORY}`;

/**
 * The folder of a tree in a state directory. In an earlier version's layout it is the directory.
 */
function baseIn(stateDir: string, tree: StorageTree, treeId: string | undefined): string {
  const own = treeFolder(stateDir, treeId ?? provisionalName(tree));
  return !isThere(own) && isOldLayout(stateDir) ? stateDir : own;
}

export function stateOf(
  tree: StorageTree,
  treeId: string | undefined,
  base: string,
  directory: string | undefined,
): SweepState {
  const home = homeOf(tree);
  const journalIn = (folder: string, id: string): string => `${folder}/runs/${id}/journal.jsonl`;
  return {
    tree,
    treeId,
    home,
    base,
    directory,
    auditPath: `${base}/audit.jsonl`,
    auditAnchorPath: `${base}/history/audit.json`,
    historyPath: `${base}/history`,
    runFolder: (id) => `${home}/runs/${id}`,
    journalPath: (id) => {
      const here = journalIn(base, id);
      return !isThere(here) && isThere(journalIn(home, id)) ? journalIn(home, id) : here;
    },
    trashPath: (id) => `${home}/runs/${id}/trash`,
  };
}

/**
 * Creates missing state folders with mode 0700, and checks all of them.
 * @param baseOnly leaves out the folders beside the tree
 */
export function ensureState(state: SweepState, baseOnly = false): void {
  const { directory, base } = state;
  if (directory !== undefined) {
    for (const folder of [directory, dirname(base)]) makeFolder(folder);
  }
  for (const base of new Set(baseOnly ? [state.base] : [state.home, state.base])) {
    for (const folder of [base, `${base}/runs`]) {
      makeFolder(folder, base === state.home ? state.tree.device : undefined);
    }
  }
}

/**
 * Creates the folders of a new run.
 * @param inPlace the run has a journal and no trash
 * @throws RegsweepError `failed` if the run already exists
 */
export function makeRun(state: SweepState, id: string, inPlace = false): void {
  if (!isRunId(id)) throw new RegsweepError('failed', `${printable(id)} is not a run id`);
  ensureState(state, inPlace);
  for (const base of new Set(inPlace ? [state.base] : [state.home, state.base])) {
    const folder = `${base}/runs/${id}`;
    if (!makeFolder(folder)) {
      throw new RegsweepError('failed', 'a run with this id already exists', { path: folder });
    }
  }
  if (!inPlace) {
    makeFolder(state.trashPath(id), state.tree.device);
    for (const folder of [state.runFolder(id), `${state.home}/runs`, state.home]) syncPath(folder);
  }
  syncPath(`${state.base}/runs`);
}

/** Creates a run's trash if it is missing, as after a kill. */
export function ensureTrash(state: SweepState, id: string): void {
  makeFolder(state.runFolder(id), state.tree.device);
  makeFolder(state.trashPath(id), state.tree.device);
}

/** Ids of the runs with a journal or a trash in the state, the newest first. */
export function runIds(state: SweepState): string[] {
  const ids = new Set<string>();
  // An earlier version's state directory may contain other trees' runs; ours have a trash here.
  const bases = state.base === state.directory ? [state.home] : [state.home, state.base];
  for (const base of bases) {
    for (const name of namesOr(`${base}/runs`)) if (isRunId(name)) ids.add(name);
  }
  return [...ids].sort().reverse();
}

export const isThere = (path: string): boolean =>
  fs.lstatSync(fsPath(path), { throwIfNoEntry: false }) !== undefined;

/** Names in a folder; empty if it is missing. */
export function namesOr(folder: string): string[] {
  return fs.existsSync(fsPath(folder)) ? fs.readdirSync(fsPath(folder)) : [];
}

/** Creates a folder if it is missing, and checks it. @returns whether it was created */
export function makeFolder(path: string, device?: number): boolean {
  const there = fs.lstatSync(fsPath(path), { throwIfNoEntry: false });
  if (there === undefined) fs.mkdirSync(fsPath(path), { mode: 0o700 });
  checkFolder(path, device);
  return there === undefined;
}

/** Fsyncs a folder. */
export function syncPath(path: string): void {
  const fd = fs.openSync(fsPath(path), 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * @throws RegsweepError `failed` unless `path` is missing, or a folder that only we can write to
 */
export function checkFolder(path: string, device?: number): void {
  const refuse = (why: string, remedy: string): never => {
    throw new RegsweepError('failed', `${printable(path)} ${why}`, { path, remedy });
  };
  let stat: fs.Stats | undefined;
  try {
    stat = fs.lstatSync(fsPath(path), { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
    refuse(
      'can’t be read, so it is unknown what is in quarantine',
      'run it as root, with sudo for example',
    );
  }
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    refuse('is not a folder', 'check it, move it away, and run again');
  }
  if (stat.uid !== 0 && stat.uid !== process.geteuid?.()) {
    refuse(
      `belongs to uid ${stat.uid}`,
      'run as that user or as root, or move the folder away if it is not regsweep’s',
    );
  }
  if ((stat.mode & 0o022) !== 0) {
    refuse('is writable by others', `check its contents, then run:\nchmod go-w ${printable(path)}`);
  }
  if (device !== undefined && stat.dev !== device) {
    refuse(
      'is on another filesystem than the tree, so nothing can be renamed into it',
      'unmount it, or move it away',
    );
  }
}
