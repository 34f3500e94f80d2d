/**
 * The size that removing the subject of `explain` frees: the same as for `rm`, without regard to
 * ages.
 */
import { digestOf, type Facts, nodeCount, nodeOf, positionIn } from '../../../facts/types.js';
import type { BrokenImage } from '../../../graph/broken.js';
import type { Reference } from '../../../graph/explain.js';
import { KEEPS_NONE, Walk } from '../../../graph/mark/follow-references.js';
import { mark } from '../../../graph/mark/mark.js';
import { rootsIn } from '../../../graph/mark/reachable.js';
import { released, type Share } from '../../../graph/sizes/freed-blobs.js';
import type { Marks } from '../../../graph/types.js';
import { type Named, namedRemovals } from '../../../policy/index.js';
import type { Digest } from '../../../storage/digest.js';

/** @returns undefined if `rm` would not remove it: it is a part of an image, or no manifest */
export function freedByRemoval(facts: Facts, marks: Marks, question: Reference): Share | undefined {
  return freedByNamed(facts, marks, namedBy(facts, question));
}

function freedByNamed(facts: Facts, marks: Marks, named: Named): Share | undefined {
  const now = Math.floor(facts.scannedAtMs / 1000);
  const { removals, touched, obstacles } = namedRemovals(facts, named, { now, minAge: 0 });
  if (touched.size === 0 || obstacles.length > 0) return undefined;
  const after = mark(facts, { ...marks.options, removals });
  const { now: goes, later } = released(facts, marks, after);
  return { blobs: goes.blobs + later.blobs, bytes: goes.bytes + later.bytes };
}

/** The size that removing all these images frees; undefined if one of them can't be removed. */
export function freedByImages(
  facts: Facts,
  marks: Marks,
  images: readonly BrokenImage[],
): Share | undefined {
  const named = { repositories: new Map(), tags: new Map(), digests: new Map() };
  for (const { repository, tag, digest } of images) {
    const kind: Map<string, Map<string, string>> = tag === undefined ? named.digests : named.tags;
    const names = kind.get(repository) ?? new Map<string, string>();
    kind.set(repository, names.set(tag ?? digest, tag ?? digest));
  }
  return freedByNamed(facts, marks, named);
}

/** The garbage node itself, and all garbage that it refers to. */
export function freedBySweep(facts: Facts, marks: Marks, digest: Digest): Share {
  const { blobs, manifests } = facts;
  const start = nodeOf(facts, digest);
  const walk = new Walk(manifests, nodeCount(facts), KEEPS_NONE, marks.reached);
  const going = walk.add(rootsIn(start === undefined ? [] : [start]));
  const stored = going.filter((node) => node < blobs.count);
  return { blobs: stored.length, bytes: stored.reduce((sum, node) => sum + blobs.size(node), 0) };
}

const SHOWN = 10;

/** Garbage manifests that refer to a garbage node. */
export function referringGarbage(facts: Facts, marks: Marks, digest: Digest): Digest[] {
  const { blobs, manifests } = facts;
  const node = nodeOf(facts, digest);
  if (node === undefined || marks.reached.has(node)) return [];
  const referring = [...manifests.nodes].filter(
    (one) => one < blobs.count && manifests.references(one).includes(node),
  );
  return referring.slice(0, SHOWN).map((one) => digestOf(facts, one));
}

function namedBy(facts: Facts, question: Reference): Named {
  const nothing: Named = { repositories: new Map(), tags: new Map(), digests: new Map() };
  if ('tag' in question) {
    const { repository, tag } = question;
    return { ...nothing, tags: new Map([[repository, new Map([[tag, tag]])]]) };
  }
  if (!('digest' in question)) {
    return { ...nothing, repositories: new Map([[question.repository, question.repository]]) };
  }
  const { digest } = question;
  const names = 'repository' in question ? [question.repository] : linking(facts, digest);
  const entries = names.map((name) => [name, new Map([[digest, digest]])] as const);
  return { ...nothing, digests: new Map(entries) };
}

function linking(facts: Facts, digest: Digest): string[] {
  const node = nodeOf(facts, digest);
  if (node === undefined) return [];
  return facts.repositories
    .filter(
      ({ tags, revisions }) => positionIn(revisions.node, node) >= 0 || tags.target.includes(node),
    )
    .map(({ name }) => name);
}
