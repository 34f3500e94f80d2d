/** What quarantined images need of the tree to come back whole: it may not be deleted for good. */

import { FINDINGS } from '../../facts/findings.js';
import {
  digestOf,
  type Facts,
  type Node,
  nodeCount,
  nodeOf,
  positionIn,
  type RepositoryFacts,
} from '../../facts/types.js';
import { Bitset } from '../../graph/mark/bitset.js';
import { rootsIn } from '../../graph/mark/reachable.js';
import { Walk } from '../../graph/mark/walk.js';
import type { Action } from '../../plan/types.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { repositoryPath } from '../../storage/layout.js';
import { printable } from '../../storage/names.js';
import { type SweepState, type TrashRun, trashItems } from '../../sweep/index.js';
import { RegsweepError } from '../../util/errors.js';
import type { Context } from '../context.js';
import { factsWithTrash } from './merged-facts.js';

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
  const { images, runs } = imagesIn(state, counts);
  if (images.size === 0) return () => false;
  const facts = await factsWithTrash(context, tree, state, runs, [...allOf(images)]);
  requireSeen(facts);
  const reached = new Reached(facts, images);
  const linked = ({ name, layers, revisions }: RepositoryFacts): boolean => {
    const isNeeded = (node: Node): boolean => reached.from(name, digestOf(now, node));
    return layers.some(isNeeded) || revisions.node.some(isNeeded);
  };
  const ours = repositories.filter(({ name }) => images.has(name));
  return ({ kind, path, digest, repository }) => {
    if (kind === 'repository') return ours.some((one) => isIn(one.name, path) && linked(one));
    const known = digest === undefined ? undefined : parseDigest(digest);
    if (known === undefined) return false;
    if (kind === 'blob') return reached.anywhere(known);
    if (kind !== 'revision' && kind !== 'layer-link') return false;
    return repository !== undefined && reached.from(repository, known);
  };
}

/** @param path of a repository, of a part of one, or of a folder of some */
function isIn(name: string, path: string): boolean {
  const own = repositoryPath(name);
  return path === own || path.startsWith(`${own}/_`) || own.startsWith(`${path}/`);
}

type Images = ReadonlyMap<string, ReadonlySet<Digest>>;

function* allOf(images: Images): Generator<Digest> {
  for (const digests of images.values()) yield* digests;
}

/** By repository, the manifests that its quarantined tags and links name. */
function imagesIn(
  state: SweepState,
  counts: (run: TrashRun | undefined) => boolean,
): { images: Images; runs: ReadonlySet<string> } {
  const images = new Map<string, Set<Digest>>();
  const runs = new Set<string>();
  for (const { runId, kind, digest, repository } of trashItems(state, counts)) {
    if ((kind !== 'tag' && kind !== 'revision') || repository === undefined) continue;
    const known = digest === undefined ? undefined : parseDigest(digest);
    if (known === undefined) continue;
    images.set(repository, (images.get(repository) ?? new Set()).add(known));
    runs.add(runId);
  }
  return { images, runs };
}

/** @throws RegsweepError `facts-refused` where what an image needs may not have been seen */
function requireSeen({ findings }: Facts): void {
  const [unsafe] = findings.unsafe();
  if (unsafe === undefined) return;
  const { message, remedy } = FINDINGS[unsafe.code];
  throw new RegsweepError(
    'facts-refused',
    `what quarantined images need is not known: ${printable(unsafe.path)}: ${message}`,
    { path: unsafe.path, remedy },
  );
}

/** What images lead to, their referrers too. Of each repository a short list, since there may be many. */
class Reached {
  readonly #all: Bitset;
  readonly #each = new Map<string, Uint32Array>();

  constructor(
    private readonly facts: Facts,
    images: Images,
  ) {
    const walk = new Walk(facts.manifests, nodeCount(facts), () => true);
    this.#all = new Bitset(nodeCount(facts));
    for (const [name, digests] of images) {
      const nodes = [...digests].flatMap((digest) => nodeOf(facts, digest) ?? []);
      const found = walk.from(rootsIn(nodes)).slice().sort();
      for (const node of found) this.#all.add(node);
      this.#each.set(name, found);
    }
  }

  anywhere(digest: Digest): boolean {
    const node = nodeOf(this.facts, digest);
    return node !== undefined && this.#all.has(node);
  }

  from(repository: string, digest: Digest): boolean {
    const nodes = this.#each.get(repository);
    const node = nodes === undefined ? undefined : nodeOf(this.facts, digest);
    return node !== undefined && positionIn(nodes!, node) >= 0;
  }
}
