import { describe, expect, it } from 'vitest';
import { NO_NODE, type Node, nodeCount } from '../../../src/facts/types.js';
import { Bitset } from '../../../src/graph/mark/bitset.js';
import { rootsOfRepository } from '../../../src/graph/mark/mark.js';
import { reachable, rootsIn } from '../../../src/graph/mark/reachable.js';
import { OWNER, owners, PART } from '../../../src/graph/sizes/owners.js';
import { type Looked, looked, randomStore } from './store.js';

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed);

/**
 * By the letter: take the tag and the manifests that only it leads to, and see what no repository
 * leads to any more. A subject keeps the referrers of its own repository; where untagged manifests
 * go, those of all.
 */
function freedByHand({ facts, marks }: Looked, repository: number, tag: number): number {
  const { manifests, blobs, repositories } = facts;
  const from = (i: number, roots: Iterable<Node>): Bitset => {
    const own = new Set(repositories[i]!.revisions.node);
    const keeps = (node: Node): boolean =>
      marks.reached.has(node) && (marks.options.deleteUntagged || own.has(node));
    return reachable(new Bitset(nodeCount(facts)), rootsIn(roots), (node, visit) => {
      manifests.references(node).forEach(visit);
      manifests.referrersOf(node).filter(keeps).forEach(visit);
    });
  };
  const rootsOf = (i: number): Node[] => {
    const roots: Node[] = [];
    rootsOfRepository(facts, repositories[i]!, marks.repositories[i]!, marks.options, (node) => {
      roots.push(node);
    });
    return roots;
  };
  const { target } = repositories[repository]!.tags;
  const mine = from(repository, [target[tag]!]);
  const others = [...target].filter((node, t) => t !== tag && node !== NO_NODE);
  const kept = from(repository, others);
  const still = repositories.map((_, i) => {
    const stays = (node: Node): boolean => i !== repository || !mine.has(node) || kept.has(node);
    return from(i, rootsOf(i).filter(stays));
  });
  let bytes = 0;
  for (const node of marks.reached) {
    if (node < blobs.count && !still.some((one) => one.has(node))) bytes += blobs.size(node);
  }
  return bytes;
}

describe.each([false, true])('who alone holds each blob (untagged go: %s)', (deleteUntagged) => {
  it.each(SEEDS)('agrees with marking anew without each tag, and with usage (%i)', async (seed) => {
    const look = await looked(randomStore(seed), { deleteUntagged });
    const { facts, marks, report } = look;
    const { owner, starts } = owners(facts, marks);
    const sums = new Float64Array(starts.at(-1)!);
    owner.forEach((who, node) => {
      const isPart = who !== OWNER.nobody && who < OWNER.kept;
      if (isPart && marks.reached.has(node)) sums[who - 1]! += facts.blobs.size(node);
    });
    const unique = facts.repositories.map((_, i) =>
      sums.slice(starts[i]!, starts[i + 1]!).reduce((sum, bytes) => sum + bytes, 0),
    );
    expect(unique).toEqual(report.repositories.map(({ uniqueBytes }) => uniqueBytes));
    const tags = facts.repositories.flatMap(({ name, tags }, i) =>
      tags.names.map((tag, t) => [`${name}:${tag}`, sums[starts[i]! + PART.firstTag + t]!, i, t]),
    ) as [string, number, number, number][];
    expect(tags.length).toBeGreaterThan(4);
    expect(tags.map(([name, bytes]) => [name, bytes])).toEqual(
      tags.map(([name, , i, t]) => [name, freedByHand(look, i, t)]),
    );
  });
});
