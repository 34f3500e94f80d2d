/** The state folder, for commands that only read the tree. */
import { lstatSync, mkdirSync } from 'node:fs';
import type { StorageTree } from '../../storage/port.js';
import { openState, type SweepState } from '../../sweep/index.js';
import type { Options } from '../options.js';

/**
 * The state, if it exists: commands that only read create no folder beside the tree. Whether it is
 * writable shows at the first write.
 * @throws RegsweepError `failed` if other users could have prepared it
 */
export function existingState(tree: StorageTree, options: Options): SweepState | undefined {
  const state = openState(tree, options.stateDir);
  return lstatSync(state.base, { throwIfNoEntry: false }) === undefined ? undefined : state;
}

/**
 * Creates the state folder if it is missing. Beside the tree only as root, because root's runs
 * refuse a state folder of another user.
 * @returns undefined if it is missing and was not created
 * @throws RegsweepError `failed`; system errors
 */
export function stateToWrite(tree: StorageTree, options: Options): SweepState | undefined {
  const state = existingState(tree, options);
  if (state !== undefined) return state;
  if (process.geteuid?.() !== 0 && options.stateDir === undefined) return undefined;
  const { base } = openState(tree, options.stateDir);
  mkdirSync(base, { recursive: true, mode: 0o700 });
  return openState(tree, options.stateDir);
}
