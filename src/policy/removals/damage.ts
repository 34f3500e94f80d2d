/** Finds the damaged manifests of a repository that is kept because of damage. */
import {
  type Facts,
  type Node,
  nodeOf,
  positionIn,
  type RepositoryFacts,
} from '../../facts/types.js';
import { parseDigest } from '../../storage/digest.js';

/**
 * @returns a function that tells whether a manifest is unreadable, or leads to an unreadable or
 *   missing one; undefined if the repository is not damaged. Unreadable links are taken from the
 *   findings, so the facts must have been read with all findings of this code.
 */
export function damagedIn(
  facts: Facts,
  repository: RepositoryFacts,
): ((digest: string) => boolean) | undefined {
  if (repository.keepAllReason === undefined) return undefined;
  const { manifests, blobs } = facts;
  const badLinks = new Set(
    facts.findings
      .samples('unreadable-link')
      .filter((finding) => finding.repository === repository.name)
      .map(({ digest }) => digest as string | undefined),
  );
  const { revisions, tags } = repository;
  const isLinked = (node: Node): boolean =>
    positionIn(revisions.node, node) >= 0 || tags.target.includes(node);
  const isBroken = (node: Node): boolean =>
    manifests.kind(node) === 'unreadable' || (node >= blobs.count && isLinked(node));
  return (digest) => {
    const parsed = parseDigest(digest);
    const start = parsed === undefined ? undefined : nodeOf(facts, parsed);
    if (start === undefined) return false;
    return badLinks.has(digest) || leadsTo(facts, start, isBroken);
  };
}

function leadsTo(facts: Facts, start: Node, isGoal: (node: Node) => boolean): boolean {
  const seen = new Set([start]);
  for (const node of seen) {
    if (isGoal(node)) return true;
    for (const next of facts.manifests.references(node)) seen.add(next);
  }
  return false;
}
