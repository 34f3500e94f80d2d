/** What is done to a small tree, in this process or in one that is killed. */
import {
  execute,
  openState,
  purgeItems,
  recover,
  restoreItems,
  runIds,
} from '../../src/sweep/index.js';
import { clearanceFor, removalOf, treeOf } from './helpers.js';

export type Step = 'sweep' | 'delete' | 'delete-in-place' | 'restore' | 'purge' | 'recover';

export async function runStep(step: Step, root: string): Promise<object> {
  const tree = treeOf(root);
  const state = openState(tree);
  const { clearance } = clearanceFor(tree);
  switch (step) {
    case 'sweep':
    case 'delete':
    case 'delete-in-place':
      return execute({
        tree,
        state,
        clearance,
        items: removalOf(tree, 'team/gone', 'v1', 'layer two'),
        command: 'sweep',
        runId: 'run-1',
        planId: 'plan',
        options: {
          quarantine: step === 'sweep',
          inPlace: step === 'delete-in-place',
          batchSize: 2,
        },
      });
    case 'restore':
      return restoreItems({ tree, state, clearance, select: {} });
    case 'purge':
      return purgeItems({ tree, state, clearance, runs: runIds(state) });
    case 'recover':
      return recover(state);
  }
}
