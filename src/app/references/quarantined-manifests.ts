/**
 * What quarantined images refer to. The references of the tree's manifests are in its facts. Only
 * manifests that no link in the tree names are read, so the tree isn't read again.
 */
import { DigestPacker, PACKED, PackedCursor } from '../../facts/packed-digests.js';
import type { Pool } from '../../facts/pool/pool.js';
import { openScan } from '../../facts/read.js';
import { MANIFEST_KINDS } from '../../facts/tables/manifest-table.js';
import { type Facts, type Node, nodeCount, nodeOf, positionIn } from '../../facts/types.js';
import { Bitset } from '../../graph/mark/bitset.js';
import { reachable, rootsIn, type Visit } from '../../graph/mark/reachable.js';
import { algorithmOf, type Digest, digestFromBytes } from '../../storage/digest.js';
import type { StorageTree } from '../../storage/port.js';
import type { SweepState } from '../../sweep/index.js';
import { type Context, endIfInterrupted } from '../context.js';
import { optionsWithTrash } from './merged-facts.js';

/** Manifests per task. */
const PER_TASK = 96;

/** Another algorithm may name content that is stored under its SHA-256. */
const isUsual = (digest: Digest): boolean => algorithmOf(digest) === 'sha256';

/** Digests reached from some images. */
export type Reached = (digest: Digest) => boolean;

export class QuarantinedManifests {
  /**
   * False if a manifest can't be read, or if a reference or subject isn't stored under its digest.
   * Then the links in quarantine may tell more, so tree and quarantine must be read as one.
   */
  isCertain: boolean;
  /** Nodes of digests that are not in the facts. */
  readonly #more = new Map<Digest, Node>();
  /** Those of blobs that only the quarantine has. */
  readonly #inTrash = new Set<Node>();
  readonly #targets = new Map<Node, readonly Node[]>();
  readonly #referrers = new Map<Node, Node[]>();
  readonly #seen = new Set<Node>();
  #next: Digest[] = [];
  #visited: Bitset | undefined;

  private constructor(
    private readonly facts: Facts,
    blobs: Iterable<Digest>,
  ) {
    const { manifests, absent } = facts;
    const start = facts.blobs.count;
    this.isCertain = manifests.subjects.every(
      (node) => node < start || isUsual(absent.digest(node - start)),
    );
    for (const digest of blobs) {
      const node = this.#nodeFor(digest);
      if (node >= start) this.#inTrash.add(node);
    }
  }

  /**
   * Reads the manifests that the images need.
   * @param facts of the tree, with or without the blobs in quarantine
   * @param blobs those in quarantine
   */
  static async read(
    context: Context,
    facts: Facts,
    state: SweepState,
    images: ReadonlySet<Digest>,
    blobs: Iterable<Digest>,
  ): Promise<QuarantinedManifests> {
    const found = new QuarantinedManifests(facts, blobs);
    for (const digest of images) found.#enqueue(digest);
    if (found.#next.length > 0) await found.#readAll(context, facts.tree, state);
    if (found.isCertain)
      found.isCertain = found.#reach(images).every((node) => found.#isWhole(node));
    return found;
  }

  async #readAll(context: Context, tree: StorageTree, state: SweepState): Promise<void> {
    const pool = openScan(tree, optionsWithTrash(context, state));
    try {
      while (this.#next.length > 0) {
        endIfInterrupted(context);
        await this.#round(pool);
      }
    } finally {
      await pool.close();
    }
  }

  async #round(pool: Pool): Promise<void> {
    const round = this.#next;
    this.#next = [];
    const batches: Promise<void>[] = [];
    for (let at = 0; at < round.length; at += PER_TASK) {
      batches.push(this.#batch(pool, round.slice(at, at + PER_TASK)));
    }
    await Promise.all(batches);
  }

  async #batch(pool: Pool, digests: readonly Digest[]): Promise<void> {
    const packer = new DigestPacker();
    for (const digest of digests) packer.add(digest);
    const task = { type: 'manifests', count: digests.length, peek: false } as const;
    const { kinds, counts, references, problems } = await pool.run({
      ...task,
      digests: packer.done(),
    });
    if (problems.length > 0) this.isCertain = false;
    const cursor = new PackedCursor(references);
    digests.forEach((digest, i) => {
      if (MANIFEST_KINDS[kinds[i]!] === 'schema1') this.isCertain = false;
      const targets: Node[] = [];
      for (let k = 0; k < counts[i]!; k++) {
        cursor.next();
        this.#reference(this.#nodeFor(digest), cursor, targets);
      }
      this.#targets.set(this.#nodeFor(digest), targets);
    });
  }

  #reference(from: Node, { algorithm, bytes, at, flags }: PackedCursor, targets: Node[]): void {
    const digest = digestFromBytes(algorithm, Buffer.from(bytes.buffer, bytes.byteOffset), at);
    const node = this.#nodeFor(digest);
    if ((flags & PACKED.subject) !== 0) {
      if (!isUsual(digest)) this.isCertain = false;
      this.#referrers.set(node, [...(this.#referrers.get(node) ?? []), from]);
    } else if (this.#isStored(node) || (flags & PACKED.foreign) === 0) {
      targets.push(node);
      if ((flags & PACKED.descend) !== 0) this.#enqueue(digest);
    }
  }

  #enqueue(digest: Digest): void {
    const node = this.#nodeFor(digest);
    const kind = this.facts.manifests.kind(node);
    // A scan takes an unlinked blob for a leaf by its first bytes, without checking its hash.
    const isKnown = kind !== undefined && kind !== 'leaf';
    if (isKnown || this.#seen.has(node) || !this.#isStored(node)) return;
    this.#seen.add(node);
    this.#next.push(digest);
  }

  #isStored(node: Node): boolean {
    return node < this.facts.blobs.count || this.#inTrash.has(node);
  }

  #isWhole(node: Node): boolean {
    const kind = this.facts.manifests.kind(node);
    if (kind === undefined) return this.#isStored(node);
    return kind !== 'unreadable' && kind !== 'schema1';
  }

  #nodeFor(digest: Digest): Node {
    const known = nodeOf(this.facts, digest) ?? this.#more.get(digest);
    if (known !== undefined) return known;
    const node = nodeCount(this.facts) + this.#more.size;
    this.#more.set(digest, node);
    return node;
  }

  /** Everything that these manifests refer to, themselves included, with the referrers of all. */
  reachedFrom(images: Iterable<Digest>): Reached {
    // A list, since there may be one for each of many repositories.
    const nodes = Uint32Array.from(this.#reach(images)).sort();
    return (digest) => {
      const node = nodeOf(this.facts, digest) ?? this.#more.get(digest);
      return node !== undefined && positionIn(nodes, node) >= 0;
    };
  }

  #reach(images: Iterable<Digest>): Node[] {
    const roots = [...images].map((digest) => this.#nodeFor(digest));
    const found: Node[] = [];
    this.#visited ??= new Bitset(nodeCount(this.facts) + this.#more.size);
    const visited = this.#visited;
    reachable(visited, rootsIn(roots), (node, visit) => {
      found.push(node);
      this.#follow(node, visit);
    });
    for (const node of found) visited.delete(node);
    return found;
  }

  #follow(node: Node, visit: Visit): void {
    const { manifests } = this.facts;
    manifests.eachReference(node, visit);
    for (const referrer of manifests.referrersOf(node)) visit(referrer);
    for (const target of this.#targets.get(node) ?? []) visit(target);
    for (const referrer of this.#referrers.get(node) ?? []) visit(referrer);
  }
}
