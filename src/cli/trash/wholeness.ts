/** What quarantined images need of the tree to come back whole: it may not be deleted for good. */
import {
  digestOf,
  type Facts,
  type Node,
  nodeOf,
  type RepositoryFacts,
} from '../../facts/types.js';
import type { Bitset } from '../../graph/bitset.js';
import type { Action } from '../../plan/types.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { repositoryPath } from '../../storage/layout.js';
import type { StorageTree } from '../../storage/port.js';
import { type SweepState, type TrashRun, trashItems } from '../../sweep/index.js';
import type { Context } from '../context.js';
import { closureOf } from './needed.js';
import { factsWithTrash } from './view.js';

export type NeededAction = (action: Action) => boolean;

/**
 * Blobs count wherever the image was; links, and repositories that hold them, only where it was
 * in the same repository. Nothing is read where no run counts that holds an image.
 * @param tree with the links as they are now
 * @param counts which runs do
 */
export async function neededByImages(
  context: Context,
  { tree, repositories, ...now }: Pick<Facts, 'tree' | 'repositories' | 'blobs' | 'absent'>,
  state: SweepState,
  counts: (run: TrashRun | undefined) => boolean,
): Promise<NeededAction> {
  const images = imagesIn(state, counts);
  if (images.size === 0) return () => false;
  const reached = await reachedBy(context, tree, state, images);
  const has = (nodes: (digest: Digest) => boolean, digest: string | undefined): boolean => {
    const known = digest === undefined ? undefined : parseDigest(digest);
    return known !== undefined && nodes(known);
  };
  const linked = ({ name, layers, revisions }: RepositoryFacts): boolean => {
    const needed = reached.from(name);
    const isNeeded = (node: Node): boolean => needed(digestOf(now, node));
    return layers.some(isNeeded) || revisions.node.some(isNeeded);
  };
  return ({ kind, path, digest, repository }) => {
    if (kind === 'blob') return has(reached.anywhere, digest);
    if (kind === 'revision' || kind === 'layer-link') {
      return repository !== undefined && has(reached.from(repository), digest);
    }
    if (kind !== 'repository') return false;
    return repositories.some((one) => images.has(one.name) && isIn(one.name, path) && linked(one));
  };
}

/** @param path of a repository, of a part of one, or of a folder of some */
function isIn(name: string, path: string): boolean {
  const own = repositoryPath(name);
  return path === own || path.startsWith(`${own}/_`) || own.startsWith(`${path}/`);
}

/** By repository, the manifests that its quarantined tags and links name. */
function imagesIn(
  state: SweepState,
  counts: (run: TrashRun | undefined) => boolean,
): Map<string, Set<Digest>> {
  const found = new Map<string, Set<Digest>>();
  for (const { kind, digest, repository } of trashItems(state, counts)) {
    if ((kind !== 'tag' && kind !== 'revision') || repository === undefined) continue;
    const known = digest === undefined ? undefined : parseDigest(digest);
    if (known === undefined) continue;
    const images = found.get(repository) ?? new Set();
    found.set(repository, images.add(known));
  }
  return found;
}

interface Reached {
  anywhere(digest: Digest): boolean;
  from(repository: string): (digest: Digest) => boolean;
}

async function reachedBy(
  context: Context,
  tree: StorageTree,
  state: SweepState,
  images: ReadonlyMap<string, ReadonlySet<Digest>>,
): Promise<Reached> {
  const all = [...images.values()].flatMap((digests) => [...digests]);
  const facts = await factsWithTrash(context, tree, state, new Set(), all);
  const closure = (digests: Iterable<Digest>): Bitset =>
    closureOf(
      facts,
      [...digests].flatMap((digest) => nodeOf(facts, digest) ?? []),
    );
  const isIn = (nodes: Bitset | undefined) => (digest: Digest) => {
    const node = nodes === undefined ? undefined : nodeOf(facts, digest);
    return node !== undefined && nodes!.has(node);
  };
  const each = new Map([...images].map(([name, digests]) => [name, closure(digests)]));
  return { anywhere: isIn(closure(all)), from: (name) => isIn(each.get(name)) };
}
