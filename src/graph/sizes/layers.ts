/** Counts the tags and repositories that lead to each blob. Pure. */
import type { ManifestKind } from '../../facts/tables/manifest-table.js';
import { type Facts, NO_NODE, type Node, nodeCount } from '../../facts/types.js';
import { KEEPS_NONE, Walk } from '../mark/follow-references.js';

export interface SharedBlob {
  readonly node: Node;
  readonly tags: number;
  readonly repositories: number;
}

/**
 * @param most maximum number of rows
 * @returns the largest blobs that are not manifests. Costs one walk per image and repository.
 */
export function largestLayers(facts: Facts, most: number): SharedBlob[] {
  const { blobs, manifests } = facts;
  const tagged = new Uint32Array(blobs.count);
  const repositories = new Uint32Array(blobs.count);
  const last = new Uint32Array(blobs.count);
  const walk = new Walk(manifests, nodeCount(facts), KEEPS_NONE);
  facts.repositories.forEach(({ tags }, i) => {
    const images = new Map<Node, number>();
    for (const node of tags.target) {
      if (node !== NO_NODE) images.set(node, (images.get(node) ?? 0) + 1);
    }
    for (const [image, number] of images) {
      for (const node of walk.from((visit) => visit(image))) {
        if (node >= blobs.count) continue;
        tagged[node]! += number;
        if (last[node] === i + 1) continue;
        last[node] = i + 1;
        repositories[node]! += 1;
      }
    }
  });
  return largest(facts, most).map((node) => ({
    node,
    tags: tagged[node]!,
    repositories: repositories[node]!,
  }));
}

const MANIFESTS: ReadonlySet<ManifestKind | undefined> = new Set([
  'image',
  'index',
  'artifact',
  'schema1',
] as const);

function largest({ blobs, manifests }: Facts, most: number): Node[] {
  const sizes = blobs.sizes();
  const nodes = new Uint32Array(blobs.count).map((_, i) => i);
  const layers = nodes.filter((node) => !MANIFESTS.has(manifests.kind(node)));
  layers.sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  return [...layers.subarray(0, most)];
}
