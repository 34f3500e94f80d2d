/**
 * What each changing command does with the state first, under its lock: the folders, the identity
 * of the tree, and what an earlier version left in a state directory.
 */
import fs from 'node:fs';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { errnoOf, isNoSpace } from '../../util/errors.js';
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
 * On a full disk the tree goes without an id, or without the folder beside it, until there is
 * room: a state directory elsewhere has what a run needs.
 * @throws RegsweepError `failed` for what others could have prepared; system errors
 */
export function prepareState(tree: StorageTree, stateDir?: string): SweepState {
  openState(tree, stateDir);
  const home = homeOf(tree);
  unlessFull(() => makeFolder(home, tree.device));
  const treeId = giveIdentity(tree, home, stateDir);
  const base =
    stateDir === undefined ? home : treeFolder(stateDir, treeId ?? provisionalName(tree));
  const state = stateOf(tree, treeId, base, stateDir);
  if (stateDir !== undefined) adopt(state, stateDir);
  unlessFull(() => ensureState(state));
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

/** A full disk beside the tree is no reason to fail; one that holds the journals shows soon enough. */
function unlessFull(make: () => void): void {
  try {
    make();
  } catch (error) {
    if (!isNoSpace(error)) throw error;
  }
}

function giveIdentity(
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

/** What was kept for this tree before it had an id, by its path or by an earlier version. */
function adopt(state: SweepState, stateDir: string): void {
  makeFolder(stateDir);
  makeFolder(treeFolder(stateDir, '').slice(0, -1));
  const { base, tree, treeId } = state;
  const provisional = treeFolder(stateDir, provisionalName(tree));
  if (treeId !== undefined && isThere(provisional) && !isThere(base)) move(provisional, base);
  if (isOldLayout(stateDir)) adoptOld(state, stateDir);
}

const RECORDS = ['audit.jsonl', 'history', 'history.jsonl', 'verify.log'];

/**
 * A run is this tree's when its trash lies beside it. The records were one tree's, too: where runs
 * of another remain, they are left, save what Redis may remember.
 */
function adoptOld(state: SweepState, stateDir: string): void {
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

/** Another command may have been first: each tree has a lock of its own, and they share the folder. */
function move(from: string, to: string): void {
  checkFolder(fs.lstatSync(fsPath(from)).isDirectory() ? from : to);
  try {
    fs.renameSync(fsPath(from), fsPath(to));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
