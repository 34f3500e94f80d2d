/** regsweep's own folder, for commands that only read the tree. */
import { lstatSync, mkdirSync } from 'node:fs';
import type { StorageTree } from '../../storage/port.js';
import { openState, type SweepState } from '../../sweep/index.js';
import type { Options } from '../options.js';

/**
 * The state, where it is there already: a command that only reads makes no folder beside the
 * tree. Whether it can be written to shows when somebody tries.
 * @throws RegsweepError `failed` where others could have prepared it
 */
export function existingState(tree: StorageTree, options: Options): SweepState | undefined {
  const state = openState(tree, options.stateDir);
  return lstatSync(state.base, { throwIfNoEntry: false }) === undefined ? undefined : state;
}

/**
 * Makes the state folder when it is missing. Beside the tree only as root: root's own runs refuse
 * a state folder that is somebody else's.
 * @returns undefined where it is missing and not made
 * @throws RegsweepError `failed`, or whatever the system says
 */
export function stateToWrite(tree: StorageTree, options: Options): SweepState | undefined {
  const state = existingState(tree, options);
  if (state !== undefined) return state;
  if (process.geteuid?.() !== 0 && options.stateDir === undefined) return undefined;
  const { base } = openState(tree, options.stateDir);
  mkdirSync(base, { recursive: true, mode: 0o700 });
  return openState(tree, options.stateDir);
}
