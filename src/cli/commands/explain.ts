import { EXIT, RegsweepError } from '../../errors.js';
import { explain, type Step } from '../../graph/explain.js';
import { ACTION_KINDS } from '../../plan/types.js';
import { jsonName, timeOf } from '../../report/names.js';
import { type Context, treeOf } from '../context.js';
import { parseReference } from '../reference.js';
import { render } from '../render.js';
import { selectionOf } from '../selection.js';
import { look } from '../stages.js';

export async function run(context: Context): Promise<number> {
  const question = parseReference(context.subject ?? '');
  const tree = await treeOf(context);
  const selection = { ...selectionOf(context.settings), repo: [], kinds: ACTION_KINDS };
  const { facts, marks } = await look(context, tree, selection);
  const found = explain(facts, marks, question);
  if (found === undefined) {
    throw new RegsweepError('failed', `${context.subject} is not in the tree`, {
      remedy: 'regsweep analyze lists the repositories; regsweep trash list what is in quarantine',
    });
  }
  const { digest, bytes, since } = found;
  await render(context, {
    kind: 'explain',
    schemaVersion: 1,
    root: tree.rootDirectory,
    question: jsonName(found.subject),
    ...(digest === undefined ? {} : { digest }),
    state: found.state,
    ...(bytes === undefined ? {} : { bytes }),
    since: since === undefined ? null : timeOf(since),
    chain: found.chain.map(stepOf),
    linkedIn: found.linkedIn.map(({ repository, as }) => ({
      repository: jsonName(repository),
      as,
    })),
    frees: found.frees,
  });
  return EXIT.done;
}

function stepOf(step: Step): Step {
  return {
    ...step,
    ...(step.repository === undefined ? {} : { repository: jsonName(step.repository) }),
    ...(step.tag === undefined ? {} : { tag: jsonName(step.tag) }),
  };
}
