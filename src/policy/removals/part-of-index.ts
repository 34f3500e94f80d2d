/** Why one platform of an index can't be removed alone, and the commands that make a new index. */
import { shellWord } from '../../util/shell-quote.js';
import type { ImageView } from '../model/types.js';
import type { Obstacle } from './obstacle.js';

/**
 * The content of an index is fixed by its digest. So a platform can be removed only with a new
 * index.
 */
export function partOf(
  repository: string,
  digest: string,
  index: string,
  views: readonly ImageView[],
  root: string,
): Obstacle {
  const { tags = [], children = [] } = views.find((view) => view.digest === index) ?? {};
  const named = tags.length === 0 ? index : `${index} (${tags.join(', ')})`;
  const others = children.filter((child) => child !== digest);
  return {
    reference: `${repository}@${digest}`,
    why: `it is part of ${named}, which is kept: clients that pull this platform would get 404 from the registry`,
    remedy: [
      ...(tags.length === 0 || others.length === 0
        ? []
        : [newIndex(repository, tags, others), newIndexByPodman(repository, tags, digest)]),
      `remove all of it: regsweep rm ${shellWord(`${repository}@${index}`)} --root ${shellWord(root)}`,
    ].join('\nor '),
    kind: 'part',
  };
}

function newIndex(repository: string, tags: readonly string[], parts: readonly string[]): string {
  const at = `REGISTRY/${repository}`;
  const names = tags.map((tag) => `-t ${at}:${tag}`).join(' ');
  const sources = parts.map((part) => `${at}@${part}`).join(' ');
  return `push an index without it, then sweep -m: docker buildx imagetools create ${names} ${sources}`;
}

/** Chained, since a push after a failed download would put an empty index under the tag. */
function newIndexByPodman(repository: string, tags: readonly string[], part: string): string {
  const at = `docker://REGISTRY/${repository}`;
  const pushes = tags.map((tag) => `podman manifest push --all new ${at}:${tag}`);
  return [
    `the same with Podman: podman manifest create --all new ${at}:${tags[0]}`,
    `podman manifest remove new ${part}`,
    ...pushes,
    'podman manifest rm new',
  ].join(' && ');
}
