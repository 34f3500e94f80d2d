/**
 * Items in the tree that quarantined images need for a complete restore. They must not be deleted.
 */

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
import { Walk } from '../../graph/mark/follow-references.js';
import { rootsIn } from '../../graph/mark/reachable.js';
import type { Action } from '../../plan/types.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { repositoryPath } from '../../storage/layout.js';
import { printable } from '../../storage/names.js';
import { type SweepState, type TrashRun, trashItems } from '../../sweep/index.js';
import { RegsweepError } from '../../util/errors.js';
import type { Context } from '../context.js';
import { factsWithTrash } from './merged-facts.js';
import { quarantineOf } from './quarantine-needs.js';
import type { Reached } from './quarantined-manifests.js';

export type NeededAction = (action: Action) => boolean;

/**
 * A needed blob counts in any repository. A link, and a repository that contains it, counts only in
 * the image's own repository. Nothing is read if no counted run contains an image.
 * @param facts of the tree as it is now
 * @param counts which runs are included
 */
export async function neededByImages(
  context: Context,
  facts: Facts,
  state: SweepState,
  counts: (run: TrashRun | undefined) => boolean,
): Promise<NeededAction> {
  const { images, runs } = imagesIn(state, counts);
  if (images.size === 0) return () => false;
  const reached = await reachedFrom(context, facts, state, images, runs);
  const linked = ({ name, layers, revisions }: RepositoryFacts): boolean => {
    const isNeeded = (node: Node): boolean => reached.from(name, digestOf(facts, node));
    return layers.some(isNeeded) || revisions.node.some(isNeeded);
  };
  const ours = facts.repositories.filter(({ name }) => images.has(name));
  return ({ kind, path, digest, repository }) => {
    if (kind === 'repository') return ours.some((one) => isIn(one.name, path) && linked(one));
    const known = digest === undefined ? undefined : parseDigest(digest);
    if (known === undefined) return false;
    if (kind === 'blob') return reached.anywhere(known);
    if (kind !== 'revision' && kind !== 'layer-link') return false;
    return repository !== undefined && reached.from(repository, known);
  };
}

/** @param path of a repository, of a part of one, or of a namespace */
function isIn(name: string, path: string): boolean {
  const own = repositoryPath(name);
  return path === own || path.startsWith(`${own}/_`) || own.startsWith(`${path}/`);
}

type Images = ReadonlyMap<string, ReadonlySet<Digest>>;

function* allOf(images: Images): Generator<Digest> {
  for (const digests of images.values()) yield* digests;
}

/** By repository: the manifests that its quarantined tags and links name. */
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

/** @throws RegsweepError `facts-refused` if references may be missing in the scan */
export function requireSeen({ findings }: Facts, what = ''): void {
  const [unsafe] = findings.unsafe();
  if (unsafe === undefined) return;
  const { message, remedy } = FINDINGS[unsafe.code];
  throw new RegsweepError('facts-refused', `${what}${printable(unsafe.path)}: ${message}`, {
    path: unsafe.path,
    remedy,
  });
}

/** What images refer to, with their referrers: of any repository, and of each. */
interface ReachedFromImages {
  readonly anywhere: Reached;
  from(repository: string, digest: Digest): boolean;
}

async function reachedFrom(
  context: Context,
  facts: Facts,
  state: SweepState,
  images: Images,
  runs: ReadonlySet<string>,
): Promise<ReachedFromImages> {
  const { manifests } = await quarantineOf(context, facts, state);
  const reach = manifests.isCertain
    ? (digests: Iterable<Digest>) => manifests.reachedFrom(digests)
    : await reachByLinks(context, facts, state, images, runs);
  const each = new Map([...images].map(([name, digests]) => [name, reach(digests)]));
  const from = (name: string, digest: Digest): boolean => each.get(name)?.(digest) ?? false;
  return { anywhere: reach(allOf(images)), from };
}

/** Reads tree and quarantine as one, since only the links in both tell what is missing otherwise. */
async function reachByLinks(
  context: Context,
  { tree }: Facts,
  state: SweepState,
  images: Images,
  runs: ReadonlySet<string>,
): Promise<(digests: Iterable<Digest>) => Reached> {
  const facts = await factsWithTrash(context, tree, state, runs, [...allOf(images)]);
  requireSeen(facts, 'what quarantined images need is not known: ');
  const walk = new Walk(facts.manifests, nodeCount(facts), () => true);
  return (digests) => {
    const nodes = [...digests].flatMap((digest) => nodeOf(facts, digest) ?? []);
    const found = walk.from(rootsIn(nodes)).slice().sort();
    return (digest) => {
      const node = nodeOf(facts, digest);
      return node !== undefined && positionIn(found, node) >= 0;
    };
  };
}
