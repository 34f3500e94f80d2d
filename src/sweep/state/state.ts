/**
 * regsweep's own folder beside the tree: `.regsweep/{runs/<id>/trash,runs/<id>/journal.jsonl,
 * audit.jsonl}`. With a state directory of its own the journal and the audit log lie there;
 * the trash stays beside the tree, since a rename can't leave the filesystem.
 */
import fs from 'node:fs';
import { STATE_DIRECTORY } from '../../storage/layout.js';
import { fsPath, printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';

export interface SweepState {
  readonly tree: StorageTree;
  /** `<rootdirectory>/.regsweep`: holds the trash. */
  readonly home: string;
  /** Journals and the audit log: `home`, or the state directory. */
  readonly base: string;
  readonly auditPath: string;
  /** How far the audit log reached when a command last ended. */
  readonly auditAnchorPath: string;
  /** Folder of the summaries of earlier runs, for other modules. */
  readonly historyPath: string;
  runFolder(id: string): string;
  journalPath(id: string): string;
  trashPath(id: string): string;
}

const RUN_ID = /^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$/;

export const isRunId = (id: string): boolean => RUN_ID.test(id);

/**
 * Names the paths and refuses what others could have prepared; makes nothing.
 * @param stateDir where journal and audit log go instead of `<rootdirectory>/.regsweep`
 * @throws RegsweepError `failed` when `.regsweep` is a symbolic link, lies on another
 *   filesystem, or belongs to or is writable by somebody else
 */
export function openState(tree: StorageTree, stateDir?: string): SweepState {
  const home = `${tree.rootDirectory}/${STATE_DIRECTORY}`;
  const base = stateDir ?? home;
  checkFolder(home, tree.device);
  checkFolder(`${home}/runs`, tree.device);
  if (base !== home) {
    checkFolder(base);
    checkFolder(`${base}/runs`);
  }
  return {
    tree,
    home,
    base,
    auditPath: `${base}/audit.jsonl`,
    auditAnchorPath: `${base}/history/audit.json`,
    historyPath: `${base}/history`,
    runFolder: (id) => `${home}/runs/${id}`,
    journalPath: (id) => `${base}/runs/${id}/journal.jsonl`,
    trashPath: (id) => `${home}/runs/${id}/trash`,
  };
}

/** Makes the folders of the state when they are missing, mode 0700, and checks them. */
export function ensureState(state: SweepState): void {
  for (const base of new Set([state.home, state.base])) {
    for (const folder of [base, `${base}/runs`]) {
      makeFolder(folder, base === state.home ? state.tree.device : undefined);
    }
  }
}

/** Makes the folders of a new run. @throws RegsweepError when that run is there already */
export function makeRun(state: SweepState, id: string): void {
  if (!isRunId(id)) throw new RegsweepError('failed', `${printable(id)} is no id of a run`);
  ensureState(state);
  for (const base of new Set([state.home, state.base])) {
    const folder = `${base}/runs/${id}`;
    if (!makeFolder(folder)) {
      throw new RegsweepError('failed', 'a run of that id is there already', { path: folder });
    }
  }
  makeFolder(state.trashPath(id), state.tree.device);
  for (const folder of [
    state.runFolder(id),
    `${state.home}/runs`,
    state.home,
    `${state.base}/runs`,
  ]) {
    syncPath(folder);
  }
}

/** A run's trash may be missing: a kill, or nothing but empty folders was ever taken. */
export function ensureTrash(state: SweepState, id: string): void {
  makeFolder(state.runFolder(id), state.tree.device);
  makeFolder(state.trashPath(id), state.tree.device);
}

/** Ids of the runs whose journal or trash lies in the state, the newest first. */
export function runIds(state: SweepState): string[] {
  const ids = new Set<string>();
  for (const base of [state.home, state.base]) {
    for (const name of namesOr(`${base}/runs`)) if (isRunId(name)) ids.add(name);
  }
  return [...ids].sort().reverse();
}

function namesOr(folder: string): string[] {
  return fs.existsSync(fsPath(folder)) ? fs.readdirSync(fsPath(folder)) : [];
}

function makeFolder(path: string, device?: number): boolean {
  const there = fs.lstatSync(fsPath(path), { throwIfNoEntry: false });
  if (there === undefined) fs.mkdirSync(fsPath(path), { mode: 0o700 });
  checkFolder(path, device);
  return there === undefined;
}

export function syncPath(path: string): void {
  const fd = fs.openSync(fsPath(path), 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** @throws RegsweepError unless `path` is missing, or a folder that is ours alone */
export function checkFolder(path: string, device?: number): void {
  const stat = fs.lstatSync(fsPath(path), { throwIfNoEntry: false });
  if (stat === undefined) return;
  const refuse = (why: string, remedy: string): never => {
    throw new RegsweepError('failed', `${printable(path)} ${why}`, { path, remedy });
  };
  if (!stat.isDirectory()) {
    refuse('is no folder of its own', 'Look at what stands there, move it away, and run again.');
  }
  if (stat.uid !== 0 && stat.uid !== process.geteuid?.()) {
    refuse(
      `belongs to uid ${stat.uid}`,
      'Run as that user or as root, or move the folder away if it is not regsweep’s.',
    );
  }
  if ((stat.mode & 0o022) !== 0) {
    refuse('is writable by others', `Check what lies in it, then: chmod go-w ${printable(path)}`);
  }
  if (device !== undefined && stat.dev !== device) {
    refuse(
      'lies on another filesystem than the tree, so nothing can be renamed into it',
      'Unmount it, or move it away.',
    );
  }
}
