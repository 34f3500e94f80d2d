/**
 * Classifies layer links that contain no digest: damage if an image needs the layer, debris
 * otherwise.
 */
import { LINK, layerPath } from '../../storage/layout.js';
import type { FindingLog } from '../findings.js';
import type { ManifestTable } from '../tables/manifest-table.js';
import { type BadLayerLink, NO_NODE, type Node, type RepositoryFacts } from '../types.js';

/** Sets `isUnneeded` on each bad layer link, and adds a finding for each. */
export function classifyBadLayers(
  repositories: readonly RepositoryFacts[],
  manifests: ManifestTable,
  findings: FindingLog,
): void {
  for (const repository of repositories) {
    if (repository.badLayers.length === 0) continue;
    const needed = referencedNodes(repository, manifests);
    repository.badLayers = repository.badLayers.map((link) => ({
      ...link,
      isUnneeded: link.isBlank && !needed.has(link.node),
    }));
    for (const link of repository.badLayers) findings.add(findingOf(repository.name, link));
  }
}

function findingOf(repository: string, { digest, reason, isUnneeded }: BadLayerLink) {
  const code = isUnneeded ? 'unneeded-layer-link' : 'bad-layer-link';
  const path = `${layerPath(repository, digest)}/${LINK}`;
  return { code, path, repository, digest, detail: reason } as const;
}

/** The repository's manifests, and every node that the readable ones refer to. */
function referencedNodes(
  { tags, revisions }: RepositoryFacts,
  manifests: ManifestTable,
): Set<Node> {
  const found = new Set<Node>();
  for (const column of [tags.target, revisions.node, revisions.target]) {
    for (const node of column) if (node !== NO_NODE) found.add(node);
  }
  for (const node of found) for (const to of manifests.references(node)) found.add(to);
  return found;
}
