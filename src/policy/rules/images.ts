/** Converts the facts about a repository to the images that rules judge. */
import type { ManifestTable } from '../../facts/tables/manifest-table.js';
import {
  digestOf,
  type Facts,
  NO_NODE,
  type Node,
  positionIn,
  type RepositoryFacts,
} from '../../facts/types.js';
import type { ImageView } from '../model/types.js';

/**
 * @returns the creation time in an image's configuration, in seconds since 1970; undefined if
 *   unknown
 */
export type CreationTimes = (digest: string) => number | undefined;

interface TagsOfNode {
  readonly names: string[];
  newest: number;
}

/**
 * Lists every manifest that a repository links, and manifests that only a tag names. The push time
 * is the newest mtime of its tags' links; without a tag, the mtime of its revision link. Damaged
 * manifests are pinned.
 */
export function imagesOf(
  facts: Facts,
  repositoryIndex: number,
  creationTimes: CreationTimes = () => undefined,
): ImageView[] {
  const repository = facts.repositories[repositoryIndex]!;
  const tags = tagsByNode(repository);
  const { node: nodes, target, pushed, newest } = repository.revisions;
  const views: ImageView[] = [];
  nodes.forEach((node, i) => {
    const own = tags.get(node);
    tags.delete(node);
    const mismatch = target[i] !== node;
    const createdAt = creationTimes(digestOf(facts, node));
    views.push({
      ...relationsOf(facts, repository, node, mismatch ? target[i] : undefined),
      tags: own?.names ?? [],
      pushedAt: own?.newest ?? pushed[i]!,
      touchedAt: newest[i]!,
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(mismatch ? { pinned: 'its revision link contains another digest' } : {}),
    });
  });
  for (const [node, { names, newest }] of tags)
    views.push(unlinked(facts, repository, node, names, newest));
  return views;
}

function unlinked(
  facts: Facts,
  repository: RepositoryFacts,
  node: Node,
  tags: readonly string[],
  pushedAt: number,
): ImageView {
  const pinned = 'its tag points to a manifest that is not linked in this repository';
  return { ...relationsOf(facts, repository, node, undefined), tags, pushedAt, pinned };
}

function tagsByNode({ tags }: RepositoryFacts): Map<Node, TagsOfNode> {
  const out = new Map<Node, TagsOfNode>();
  tags.names.forEach((name, i) => {
    const node = tags.target[i]!;
    if (node === NO_NODE) return;
    const changed = tags.changed[i]!;
    const known = out.get(node);
    if (known === undefined) out.set(node, { names: [name], newest: changed });
    else {
      known.names.push(name);
      known.newest = Math.max(known.newest, changed);
    }
  });
  return out;
}

/** @param target another manifest that the revision link names; it is kept with this one */
function relationsOf(
  facts: Facts,
  { revisions }: RepositoryFacts,
  node: Node,
  target: Node | undefined,
): Pick<ImageView, 'digest' | 'children' | 'attachedTo'> {
  const subjects = subjectsOf(facts.manifests).get(node) ?? [];
  const named = [...facts.manifests.references(node)];
  if (target !== undefined) named.push(target, ...facts.manifests.references(target));
  const children = [...new Set(named)].filter(
    (child) =>
      child !== node && !subjects.includes(child) && positionIn(revisions.node, child) >= 0,
  );
  const digests = (list: readonly Node[]) => list.map((each) => digestOf(facts, each));
  return {
    digest: digestOf(facts, node),
    ...(children.length === 0 ? {} : { children: digests(children) }),
    ...(subjects.length === 0 ? {} : { attachedTo: digests(subjects) }),
  };
}

const subjectsByTable = new WeakMap<ManifestTable, ReadonlyMap<Node, readonly Node[]>>();

/** Maps referrers to their subjects. The result is cached per table. */
function subjectsOf(table: ManifestTable): ReadonlyMap<Node, readonly Node[]> {
  const built = subjectsByTable.get(table);
  if (built !== undefined) return built;
  const out = new Map<Node, Node[]>();
  table.referrers.forEach((referrer, i) => {
    const subject = table.subjects[i]!;
    const list = out.get(referrer);
    if (list === undefined) out.set(referrer, [subject]);
    else list.push(subject);
  });
  subjectsByTable.set(table, out);
  return out;
}
