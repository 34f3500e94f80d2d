/**
 * Prepares the state for a changing command: creates the folders, gives the tree an identity, and
 * migrates the state directory of an earlier version.
 */
import fs from 'node:fs';
import { fsPath, printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { errnoOf, isNoSpace, orMissing, RegsweepError } from '../../util/errors.js';
import {
  bindingOf,
  type Identity,
  isOutdated,
  newTreeId,
  provisionalName,
  readIdentity,
  writeIdentity,
} from './identity.js';
import { isOldLayout, ownIdentity, treeFolder } from './own-identity.js';
import { keepReserve } from './reserve.js';
import {
  checkFolder,
  ensureState,
  homeOf,
  isThere,
  makeFolder,
  namesOr,
  openState,
  type SweepState,
  stateOf,
  syncPath,
} from './state.js';

/**
 * Call it with the lock held. On a full disk the tree gets no id and perhaps no state folder beside
 * it; a state directory elsewhere is then enough for a run.
 * @throws RegsweepError `failed` if a state folder may have been prepared by another user; system
 *   errors
 */
export function prepareState(tree: StorageTree, stateDir?: string): SweepState {
  openState(tree, stateDir);
  const home = homeOf(tree);
  unlessFull(() => makeFolder(home, tree.device));
  const treeId = assignIdentity(tree, home, stateDir);
  const base =
    stateDir === undefined ? home : treeFolder(stateDir, treeId ?? provisionalName(tree));
  const state = stateOf(tree, treeId, base, stateDir);
  if (stateDir !== undefined) migrate(state, stateDir);
  if (base !== home) ensureState(state, true);
  unlessFull(() => ensureState(state));
  if (!isThere(base)) throw noRoomFor(base);
  if (isThere(home)) keepReserve(home);
  if (treeId !== undefined && base !== home) {
    const binding = bindingOf(tree);
    const known = readIdentity(base);
    if (known === undefined || isOutdated(known.binding, binding)) {
      writeIdentity(base, { id: treeId, binding });
    }
  }
  return state;
}

/** Ignores a full disk beside the tree. If the journals are on it too, writing them fails later. */
function unlessFull(make: () => void): void {
  try {
    make();
  } catch (error) {
    if (!isNoSpace(error)) throw error;
  }
}

const noRoomFor = (base: string): RegsweepError =>
  new RegsweepError('failed', `${printable(base)} can't be created: the disk is full`, {
    path: base,
    remedy: 'free some space, or put journal and audit log on another disk with --state-dir',
  });

function assignIdentity(
  tree: StorageTree,
  home: string,
  stateDir: string | undefined,
): string | undefined {
  const own = ownIdentity(tree, home, stateDir);
  const written = readIdentity(home);
  const now: Identity = { id: own?.id ?? newTreeId(), binding: bindingOf(tree) };
  if (written?.id === now.id && !isOutdated(written.binding, now.binding)) return now.id;
  try {
    writeIdentity(home, now);
    syncPath(home);
    return now.id;
  } catch (error) {
    if (!isNoSpace(error) && errnoOf(error) !== 'ENOENT') throw error;
    return own?.id;
  }
}

/** Moves the tree's records to their folder if it had no id before, or used an earlier version. */
function migrate(state: SweepState, stateDir: string): void {
  makeFolder(stateDir);
  makeFolder(treeFolder(stateDir, '').slice(0, -1));
  const { base, tree, treeId } = state;
  const provisional = treeFolder(stateDir, provisionalName(tree));
  if (treeId !== undefined && isThere(provisional) && !isThere(base)) move(provisional, base);
  if (isOldLayout(stateDir)) migrateOldLayout(state, stateDir);
}

const RECORDS = ['audit.jsonl', 'history', 'history.jsonl', 'verify.log'];

/**
 * Takes over this tree's runs, which are those with a trash beside it. Takes over the other records
 * too, unless runs of another tree remain. Then it only copies the record of Redis flushes.
 */
function migrateOldLayout(state: SweepState, stateDir: string): void {
  const { base, home } = state;
  const old = `${stateDir}/runs`;
  const isFirst = namesOr(`${stateDir}/trees`).every((name) => treeFolder(stateDir, name) === base);
  const runs = namesOr(old);
  const ours = runs.filter((id) => isThere(`${home}/runs/${id}`));
  if (ours.length === 0 && (runs.length > 0 || !isFirst)) return;
  makeFolder(base);
  makeFolder(`${base}/runs`);
  for (const id of ours)
    if (!isThere(`${base}/runs/${id}`)) move(`${old}/${id}`, `${base}/runs/${id}`);
  if (ours.length === runs.length) {
    for (const name of RECORDS) {
      if (isThere(`${stateDir}/${name}`) && !isThere(`${base}/${name}`)) {
        move(`${stateDir}/${name}`, `${base}/${name}`);
      }
    }
    if (isThere(old) && namesOr(old).length === 0) fs.rmdirSync(fsPath(old));
  } else {
    const flushes = `${stateDir}/history/redis.json`;
    if (isThere(flushes) && !isThere(`${base}/history`)) {
      makeFolder(`${base}/history`);
      fs.copyFileSync(
        fsPath(flushes),
        fsPath(`${base}/history/redis.json`),
        fs.constants.COPYFILE_EXCL,
      );
    }
  }
  syncPath(base);
  syncPath(`${base}/runs`);
}

/** Another tree's command may have moved it first: trees share the folder, but not the lock. */
function move(from: string, to: string): void {
  checkFolder(fs.lstatSync(fsPath(from)).isDirectory() ? from : to);
  orMissing(() => fs.renameSync(fsPath(from), fsPath(to)));
}
