/**
 * Collects the items that must be restored together: an image with its manifests, links and blobs.
 */

import {
  digestOf,
  type Facts,
  NO_NODE,
  type Node,
  nodeOf,
  positionIn,
  type RepositoryFacts,
} from '../../../facts/types.js';
import { missingLinks } from '../../../graph/missing-links.js';
import { type Digest, parseDigest } from '../../../storage/digest.js';
import {
  blobPath,
  layerPath,
  repositoryPath,
  revisionPath,
  tagPath,
} from '../../../storage/layout.js';
import type { StorageReader } from '../../../storage/port.js';
import type { TrashItem } from '../../../sweep/index.js';
import { RegsweepError } from '../../../util/errors.js';
import { closureOf, treeRoots } from '../../references/required-by-tree.js';
import { resolveReference } from '../../select/reference.js';

export interface Wanted {
  /** Paths relative to the tree, none of which is in the tree now. */
  readonly paths: ReadonlySet<string>;
  /** Referenced digests that are in neither the tree nor the quarantine. */
  readonly missing: ReadonlySet<Digest>;
  /** Blobs and layer links that are in neither, and without which an image can't be pulled. */
  readonly lost: ReadonlySet<string>;
}

/** Collects paths, looking at tree and quarantine together. */
export class WantedPaths implements Wanted {
  readonly paths = new Set<string>();
  readonly missing = new Set<Digest>();
  readonly lost = new Set<string>();

  constructor(
    private readonly facts: Facts,
    private readonly tree: StorageReader,
  ) {}

  /** @param text `repo`, `repo:tag`, `repo@digest` or a digest */
  addReference(text: string): void {
    const question = resolveReference(this.facts, text);
    if ('tag' in question) this.#tag(text, question.repository, question.tag);
    else if (!('digest' in question)) this.#repository(text, question.repository);
    else
      this.#digest(
        text,
        question.digest,
        'repository' in question ? question.repository : undefined,
      );
  }

  /** Adds everything that the items of a run need in addition. */
  addNeedsOf(items: Iterable<TrashItem>): void {
    const starts = new Map<string, Set<Node>>();
    for (const { kind, repository, digest } of items) {
      if (repository === undefined) continue;
      const nodes = starts.get(repository) ?? new Set();
      starts.set(repository, nodes);
      if (kind === 'repository')
        for (const node of treeRoots(this.facts, repository)) nodes.add(node);
      else if (kind === 'tag' || kind === 'revision') this.#start(nodes, digest);
    }
    for (const [repository, nodes] of starts) this.#closure([...nodes], [repository]);
  }

  /** Adds the blobs that layer links refer to. */
  addLinked(items: Iterable<TrashItem>): void {
    for (const { kind, digest } of items) {
      if (kind !== 'layer-link') continue;
      const linked = new Set<Node>();
      this.#start(linked, digest);
      for (const node of linked) {
        if (node < this.facts.blobs.count) this.#want(blobPath(digestOf(this.facts, node)));
      }
    }
  }

  #start(nodes: Set<Node>, digest: string | undefined): void {
    const known = digest === undefined ? undefined : parseDigest(digest);
    const node = known === undefined ? undefined : nodeOf(this.facts, known);
    if (node !== undefined) nodes.add(node);
  }

  #tag(text: string, repository: string, tag: string): void {
    const facts = this.facts.repositories.find(({ name }) => name === repository);
    const position = facts?.tags.names.indexOf(tag) ?? -1;
    if (facts === undefined || position < 0) throw notFound(text);
    this.#want(tagPath(repository, tag));
    const target = facts.tags.target[position]!;
    if (target !== NO_NODE) this.#closure([target], [repository]);
  }

  #repository(text: string, name: string): void {
    const facts = this.facts.repositories.find((one) => one.name === name);
    if (facts === undefined) throw notFound(text);
    this.#want(repositoryPath(name));
    for (const tag of facts.tags.names) this.#want(tagPath(name, tag));
    this.#closure(treeRoots(this.facts, name), [name]);
  }

  #digest(text: string, digest: Digest, repository: string | undefined): void {
    const node = nodeOf(this.facts, digest);
    if (node === undefined) throw notFound(text);
    const linking = this.facts.repositories.filter(
      ({ revisions, layers }) =>
        positionIn(revisions.node, node) >= 0 || positionIn(layers, node) >= 0,
    );
    const names = linking.map(({ name }) => name);
    if (repository !== undefined && !names.includes(repository)) throw notFound(text);
    this.#closure([node], repository === undefined ? names : [repository]);
  }

  /** Adds blobs, and the links to them in these repositories. */
  #closure(start: readonly Node[], names: readonly string[]): void {
    const repositories = this.facts.repositories.filter(({ name }) => names.includes(name));
    for (const repository of repositories) this.#links(repository, start);
    for (const node of start) this.#stored(node);
    for (const node of closureOf(this.facts, start)) {
      const digest = digestOf(this.facts, node);
      this.facts.manifests.eachContent(node, (content) => this.#stored(content));
      if (node < this.facts.blobs.count) this.#want(blobPath(digest));
      else if (this.facts.manifests.row(node) < 0) this.missing.add(digest);
      for (const { name, revisions, layers } of repositories) {
        if (positionIn(revisions.node, node) >= 0) this.#want(revisionPath(name, digest));
        if (positionIn(layers, node) >= 0) this.#want(layerPath(name, digest));
      }
    }
  }

  /**
   * Children of an index may be stored elsewhere. Only content that must be stored counts as lost.
   */
  #stored(node: Node): void {
    const { blobs, manifests } = this.facts;
    const isStored = node < blobs.count || manifests.row(node) >= 0;
    if (!isStored) this.lost.add(blobPath(digestOf(this.facts, node)));
  }

  /** Links of manifests that are in the repository, or will be restored to it. */
  #links(repository: RepositoryFacts, start: readonly Node[]): void {
    const own = start.filter((node) => positionIn(repository.revisions.node, node) >= 0);
    for (const { content } of missingLinks(this.facts, repository, own)) {
      this.lost.add(layerPath(repository.name, digestOf(this.facts, content)));
    }
  }

  #want(path: string): void {
    if (this.tree.lstat(path) === undefined) this.paths.add(path);
  }
}

const notFound = (text: string): RegsweepError =>
  new RegsweepError('failed', `${text} is missing from both the tree and the quarantine`);
