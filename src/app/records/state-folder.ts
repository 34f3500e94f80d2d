/** regsweep's own folder, for commands that only read the tree. */
import { lstatSync, mkdirSync } from 'node:fs';
import type { Settings } from '../../cli/settings/resolve.js';
import type { StorageTree } from '../../storage/port.js';
import { openState, type SweepState } from '../../sweep/index.js';

/**
 * The state, where it is there already: a command that only reads makes no folder beside the
 * tree. Whether it can be written to shows when somebody tries.
 * @throws RegsweepError `failed` where others could have prepared it
 */
export function existingState(tree: StorageTree, settings: Settings): SweepState | undefined {
  const state = openState(tree, settings.stateDir);
  return lstatSync(state.base, { throwIfNoEntry: false }) === undefined ? undefined : state;
}

/**
 * Makes the state folder when it is missing. Beside the tree only as root: root's own runs refuse
 * a state folder that is somebody else's.
 * @returns undefined where it is missing and not made
 * @throws RegsweepError `failed`, or whatever the system says
 */
export function stateToWrite(tree: StorageTree, settings: Settings): SweepState | undefined {
  const state = existingState(tree, settings);
  if (state !== undefined) return state;
  if (process.geteuid?.() !== 0 && settings.stateDir === undefined) return undefined;
  const { base } = openState(tree, settings.stateDir);
  mkdirSync(base, { mode: 0o700 });
  return openState(tree, settings.stateDir);
}
