/** Findings about images that lack a link to a blob that they need. */
import { digestOf, type Facts, NO_NODE } from '../../facts/types.js';
import { missingLinks } from '../../graph/missing-links.js';
import { layerPath } from '../../storage/layout.js';

/** Not for a pull-through cache: it downloads blobs that it doesn't link. */
export function noteUnlinked(facts: Facts): void {
  if (facts.findings.count('foreign-metadata') > 0) return;
  for (const repository of facts.repositories) {
    if (repository.unseen) continue;
    const tagged = repository.tags.target.filter((node) => node !== NO_NODE);
    for (const { manifest, content } of missingLinks(facts, repository, tagged)) {
      const digest = digestOf(facts, content);
      facts.findings.add({
        code: 'missing-layer-link',
        path: layerPath(repository.name, digest),
        repository: repository.name,
        digest,
        detail: `${digestOf(facts, manifest)} refers to it`,
      });
    }
  }
}
