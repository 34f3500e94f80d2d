/** Run as a process of its own, so that it can be killed: `node driver.mjs <step> <root>`. */
import {
  execute,
  openState,
  purgeItems,
  recover,
  restoreItems,
  runIds,
} from '../../src/sweep/index.js';
import { clearanceFor, removalOf, treeOf } from './helpers.js';

const [step, root] = process.argv.slice(2) as [string, string];
const tree = treeOf(root);
const state = openState(tree);
const { clearance } = clearanceFor(tree);

async function run(): Promise<object> {
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
    default:
      return recover(state);
  }
}

console.log(JSON.stringify(await run()));
