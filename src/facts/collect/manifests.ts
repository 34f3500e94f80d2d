/**
 * Reads every manifest that a link, a tag or another manifest names, round by round until nothing
 * new turns up, and joins what they refer to into one table.
 */
import { algorithmOf, type Digest } from '../../storage/digest.js';
import { blobDataPath } from '../../storage/layout.js';
import type { StorageReader } from '../../storage/port.js';
import { DigestPacker, PACKED, PackedCursor } from '../packed-digests.js';
import type { PackedManifests } from '../pool/tasks.js';
import { kindCode, MANIFEST_LIMIT } from '../scan/manifests.js';
import { BLOB_FLAG } from '../tables/blob-table.js';
import type { ManifestTable } from '../tables/manifest-table.js';
import { digestOf, NO_NODE, type Node, positionIn, type RepositoryFacts } from '../types.js';
import { buildTable } from './build-manifest-table.js';
import { schema1Signatures, subjectsByContent } from './by-content.js';
import { type Collector, NumberList, type Resolver } from './collector.js';
import type { Repositories } from './repositories.js';

const LEAF = kindCode('leaf');
const UNREADABLE = kindCode('unreadable');
const SCHEMA1 = kindCode('schema1');

/** Values of `#seen`. */
const MENTIONED = 1;
const LINKED = 2;

/** Manifests per task. */
const BATCH = 96;
/** Tasks that wait or run at once: enough for all threads, few enough to keep in memory. */
const UNDER_WAY = 96;

export interface ManifestOptions {
  readonly alsoParse: readonly Digest[];
  /** Blobs younger than this moment (seconds) are read too when nothing refers to them. */
  readonly youngSince: number;
}

export class ManifestCollector {
  readonly #nodes = new NumberList();
  readonly #kinds = new NumberList();
  readonly #starts = new NumberList();
  readonly #targets = new NumberList();
  readonly #others = new NumberList();
  readonly #referrers: [subject: Node, referrer: Node][] = [];
  /** Absent manifests whose repositories are kept whole. */
  readonly #known = new Set<Node>();
  readonly #lostChildren = new Set<Node>();
  readonly #lostBlobs = new Set<Node>();
  /** Digests that a layer link leads from to what is stored under another algorithm. */
  readonly #aliases: ReadonlySet<Node>;
  #seen: Uint8Array;
  #next: Node[] = [];
  #read = 0;

  constructor(
    private readonly collector: Collector,
    private readonly resolver: Resolver,
    private readonly found: Repositories,
    private readonly reader: StorageReader,
  ) {
    this.#seen = new Uint8Array(resolver.blobs.count);
    const stored = found.aliases.filter(([from, to]) => isStored(resolver, from, to));
    this.#aliases = new Set(stored.map(([from]) => from));
  }

  async collect(options: ManifestOptions): Promise<ManifestTable> {
    this.#enqueueLinked(options);
    await this.#rounds(false);
    this.#enqueueStaying(options.youngSince);
    await this.#rounds(true);
    this.#signatures();
    this.#subjectsByContent();
    for (const [from, to] of this.found.aliases) {
      this.#row(from, kindCode('alias'));
      this.#target(to, false);
    }
    this.#starts.push(this.#targets.length);
    return buildTable(
      this.resolver.blobs.count + this.resolver.absent.count,
      {
        nodes: this.#nodes,
        kinds: this.#kinds,
        starts: this.#starts,
        targets: this.#targets,
        others: this.#others,
      },
      this.#referrers,
    );
  }

  #enqueueLinked(options: ManifestOptions): void {
    for (const { revisions, tags } of this.found.repositories) {
      for (const column of [revisions.node, revisions.target, tags.target]) {
        for (const node of column) if (node !== NO_NODE) this.#enqueue(node, true);
      }
    }
    for (const node of this.found.guesses) this.#enqueue(node, false);
    for (const digest of options.alsoParse) this.#enqueue(this.resolver.of(digest), false);
  }

  /** @param linked a link names it, so its absence is damage */
  #enqueue(node: Node, linked: boolean): void {
    if (node < this.#seen.length) {
      if (this.#seen[node] !== 0) return;
      this.#seen[node] = linked ? LINKED : MENTIONED;
      this.#next.push(node);
    } else if (linked && !this.#known.has(node)) {
      this.#known.add(node);
      this.#unreadable(node, 'missing-manifest', 'its blob is not on the disk');
    }
  }

  async #rounds(peek: boolean): Promise<void> {
    while (this.#next.length > 0) {
      const round = Uint32Array.from(this.#next).sort();
      this.#next = [];
      let at = 0;
      const next = async (): Promise<void> => {
        for (let from = at; from < round.length; from = at) {
          at += BATCH;
          await this.#batch(round.subarray(from, from + BATCH), peek);
        }
      };
      await Promise.all(Array.from({ length: UNDER_WAY }, next));
    }
  }

  async #batch(nodes: Uint32Array, peek: boolean): Promise<void> {
    const packer = new DigestPacker();
    for (const node of nodes) packer.add(this.resolver.blobs.digest(node));
    const digests = packer.done();
    const result = await this.collector.pool.run({
      type: 'manifests',
      digests,
      count: nodes.length,
      peek,
    });
    this.#merge(nodes, result, peek);
    this.#read += nodes.length;
    this.collector.progress({ stage: 'manifests', done: this.#read });
  }

  #merge(nodes: Uint32Array, result: PackedManifests, peek: boolean): void {
    const cursor = new PackedCursor(result.references);
    nodes.forEach((node, i) => {
      const tooLarge = result.kinds[i] === LEAF && this.#isTooLarge(node);
      this.#row(node, tooLarge ? UNREADABLE : result.kinds[i]!);
      for (let k = 0; k < result.counts[i]!; k++) {
        cursor.next();
        this.#reference(node, cursor, peek);
      }
      if (tooLarge)
        this.#unreadable(node, 'unreadable-manifest', 'is over the limit for manifests');
    });
    if (peek) return;
    for (const [i, problem] of result.problems) {
      this.#unreadable(nodes[i]!, 'unreadable-manifest', problem);
    }
  }

  /** What a link calls a manifest was never a layer, whatever a look at its head says. */
  #isTooLarge(node: Node): boolean {
    return this.#seen[node] === LINKED && this.resolver.blobs.size(node) > MANIFEST_LIMIT;
  }

  #row(node: Node, kind: number): void {
    this.#nodes.push(node);
    this.#kinds.push(kind);
    this.#starts.push(this.#targets.length);
  }

  #reference(from: Node, cursor: PackedCursor, peek: boolean): void {
    const { blobs, absent } = this.resolver;
    const found = blobs.find(cursor.algorithm, cursor.bytes, cursor.at);
    const present = found >= 0;
    if (!present && (cursor.flags & PACKED.foreign) !== 0 && !this.#isAliased(cursor)) return;
    const node = present
      ? found
      : blobs.count + absent.intern(cursor.algorithm, cursor.bytes, cursor.at);
    if ((cursor.flags & PACKED.subject) !== 0) {
      // A subject keeps what a link knows; what none knows stays for its own reason.
      if (!peek) this.#referrers.push([node, from]);
      return;
    }
    this.#target(node, cursor.flags === 0);
    const descend = (cursor.flags & PACKED.descend) !== 0;
    // What no link leads to is no image, so it lacks nothing.
    if (!present) {
      if (!peek) this.#missing(node, from, descend);
    } else if (descend) this.#enqueue(node, false);
  }

  #target(node: Node, isContent: boolean): void {
    if (!isContent) this.#others.push(this.#targets.length);
    this.#targets.push(node);
  }

  /** Of schema 1 manifests, and of those that hide what they are. */
  #signatures(): void {
    for (let row = this.#nodes.length - 1; row >= 0; row--) {
      const kind = this.#kinds.get(row);
      if (kind !== SCHEMA1 && kind !== UNREADABLE) continue;
      const node = this.#nodes.get(row);
      const digest = digestOf(this.resolver, node);
      for (const { name, revisions } of this.found.repositories) {
        if (positionIn(revisions.node, node) < 0) continue;
        const signatures = schema1Signatures(this.reader, this.collector.findings, name, digest);
        if (signatures.length === 0) continue;
        this.#row(node, kind);
        for (const signature of signatures) this.#target(this.resolver.of(signature), false);
      }
    }
  }

  /** A subject may be named by another hash than the one that it is stored by. */
  #subjectsByContent(): void {
    const stored = [...Array(this.#nodes.length).keys()]
      .filter((row) => this.#kinds.get(row) !== LEAF)
      .map((row) => this.#nodes.get(row));
    this.#referrers.push(...subjectsByContent(this.reader, this.resolver, this.#referrers, stored));
  }

  #isAliased(cursor: PackedCursor): boolean {
    const { absent, blobs } = this.resolver;
    const id = absent.find(cursor.algorithm, cursor.bytes, cursor.at);
    return id >= 0 && this.#aliases.has(blobs.count + id);
  }

  #missing(node: Node, from: Node, descend: boolean): void {
    if (this.#known.has(node) || this.#aliases.has(node)) return;
    const linked = descend && this.found.repositories.some((one) => linksTo(one, node));
    if (linked) {
      this.#known.add(node);
      this.#unreadable(node, 'missing-manifest', 'its blob is not on the disk');
      return;
    }
    // As a layer first and as a manifest later, or the other way round: each is looked at once.
    const lost = descend ? this.#lostChildren : this.#lostBlobs;
    if (lost.has(node)) return;
    lost.add(node);
    const digest = digestOf(this.resolver, node);
    this.collector.findings.add({
      code: descend ? 'missing-child' : 'missing-blob',
      path: blobDataPath(digest),
      digest,
      detail: `${digestOf(this.resolver, from)} refers to it`,
    });
  }

  /** Everything that it could refer to is linked where it is linked: those repositories stay whole. */
  #unreadable(node: Node, code: 'missing-manifest' | 'unreadable-manifest', problem: string): void {
    const digest = digestOf(this.resolver, node);
    const path = blobDataPath(digest);
    this.collector.findings.add({ code, path, digest, detail: problem });
    for (const repository of this.found.repositories) {
      if (linksTo(repository, node)) repository.keepAllReason ??= `manifest ${digest}: ${problem}`;
    }
  }

  /**
   * What stays though nothing refers to it may be a manifest, and then keeps what it refers to:
   * a young one in the midst of its push has a blob before it has a link.
   */
  #enqueueStaying(since: number): void {
    const { blobs } = this.resolver;
    const mentioned = this.#seen.slice();
    for (let i = 0; i < this.#targets.length; i++) {
      const node = this.#targets.get(i);
      if (node < mentioned.length) mentioned[node] = MENTIONED;
    }
    let node = 0;
    for (const { count, size, flags, newest } of blobs.shards) {
      for (let i = 0; i < count; i++, node++) {
        if (mentioned[node] !== 0 || size[i]! > MANIFEST_LIMIT) continue;
        if ((flags[i]! & BLOB_FLAG.unreadable) !== 0) continue;
        const stays = newest[i]! > since || (flags[i]! & BLOB_FLAG.immovable) !== 0;
        if (stays) this.#enqueue(node, false);
      }
    }
  }
}

/** One digest can't stand for another of the same algorithm: the content would differ. */
const isStored = (resolver: Resolver, from: Node, to: Node): boolean =>
  to < resolver.blobs.count &&
  algorithmOf(digestOf(resolver, from)) !== algorithmOf(digestOf(resolver, to));

function linksTo(repository: RepositoryFacts, node: Node): boolean {
  return (
    positionIn(repository.revisions.node, node) >= 0 ||
    positionIn(repository.layers, node) >= 0 ||
    repository.revisions.target.includes(node) ||
    repository.tags.target.includes(node)
  );
}
