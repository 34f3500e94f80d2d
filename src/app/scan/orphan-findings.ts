/**
 * Findings about signatures, attestations and SBOMs of deleted images. Only `--orphan-signatures`
 * removes them.
 */
import { digestOf, type Facts, NO_NODE } from '../../facts/types.js';
import { subjectOfTag } from '../../policy/index.js';
import { tagPath } from '../../storage/layout.js';
import { openState, runIds } from '../../sweep/index.js';
import type { Context } from '../context.js';
import { removedSubjects } from '../records/removed-subjects.js';
import { claimedByTrash } from '../references/claimed-digests.js';
import { type OrphanEvidence, orphansNow } from '../select/removals.js';
import type { Selection } from '../select/selection.js';

/** Call it once per scan. Nothing is read if no tag is a signature's. */
export async function noteOrphans(
  context: Context,
  facts: Facts,
  selection: Selection,
): Promise<void> {
  const isSigned = facts.repositories.some(({ tags }) =>
    tags.names.some((tag) => subjectOfTag(tag) !== undefined),
  );
  if (!isSigned) return;
  const state = openState(facts.tree, context.options.stateDir);
  const remembered = removedSubjects(state);
  if (!note(facts, selection, { remembered }, false)) return;
  const claimed =
    runIds(state).length === 0 ? {} : { claimed: await claimedByTrash(context, facts, state) };
  note(facts, selection, { remembered, ...claimed }, true);
}

/** @returns whether there are any */
function note(
  facts: Facts,
  selection: Selection,
  evidence: OrphanEvidence,
  isNoted: boolean,
): boolean {
  const plain = { ...selection, deleteUntagged: false, policy: undefined, targets: [] };
  const removals = orphansNow(facts, plain, evidence);
  let found = false;
  for (const { name, tags } of facts.repositories) {
    tags.names.forEach((tag, i) => {
      if (subjectOfTag(tag) === undefined || removals.tag(name, tag) === undefined) return;
      found = true;
      const target = tags.target[i]!;
      if (!isNoted) return;
      facts.findings.add({
        code: 'orphaned-signature',
        path: tagPath(name, tag),
        repository: name,
        tag,
        ...(target === NO_NODE ? {} : { digest: digestOf(facts, target) }),
      });
    });
  }
  return found;
}
