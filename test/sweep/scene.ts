/** A tree with an image that stays and one that goes. */
import fs from 'node:fs';
import { afterEach, beforeEach } from 'vitest';
import type { StorageTree } from '../../src/storage/port.js';
import { type ExecuteInput, execute, openState, type SweepState } from '../../src/sweep/index.js';
import { clearanceFor, makeRoot, push, removalOf, treeOf, write } from './helpers.js';

/** Those of the test that runs. */
export let root: string;
export let tree: StorageTree;
export let state: SweepState;

/** A fresh one for each test of the file that calls it. */
export function useScene(): void {
  beforeEach(() => {
    root = makeRoot();
    tree = treeOf(root);
    push(tree, 'team/app', 'v1', 'layer one');
    push(tree, 'team/gone', 'v1', 'layer two');
    write(tree, 'repositories/team/gone/_uploads/u-1/data', 'half a layer');
    fs.chmodSync(`${tree.v2}/repositories/team/gone`, 0o2750);
    if (process.getuid?.() === 0) fs.chownSync(`${tree.v2}/repositories/team/gone`, 1234, 2345);
    state = openState(tree);
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));
}

/** All of the image that goes, one item a batch. */
export const sweep = (over: Partial<ExecuteInput> = {}) =>
  execute({
    tree,
    state,
    clearance: clearanceFor(tree).clearance,
    items: removalOf(tree, 'team/gone', 'v1', 'layer two'),
    command: 'sweep',
    runId: 'run-1',
    planId: 'plan-1',
    options: { quarantine: true, batchSize: 1 },
    ...over,
  });
