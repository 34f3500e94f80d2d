/**
 * Reads every manifest that a tag, a revision or another manifest names, in rounds, and joins the
 * references of all into one table.
 */

import { algorithmOf, type Digest } from '../../storage/digest.js';
import type { StorageReader } from '../../storage/port.js';
import { append } from '../../util/append.js';
import { DigestPacker, PACKED, PackedCursor } from '../packed-digests.js';
import type { PackedManifests } from '../pool/tasks.js';
import { kindCode, MANIFEST_LIMIT } from '../scan/manifests.js';
import { BLOB_FLAG } from '../tables/blob-table.js';
import type { ManifestTable } from '../tables/manifest-table.js';
import { NumberList } from '../tables/number-list.js';
import { digestOf, NO_NODE, type Node, positionIn } from '../types.js';
import { buildTable } from './build-manifest-table.js';
import { schema1Signatures, subjectsByContent } from './by-content.js';
import type { Collector, Resolver } from './collector.js';
import { ManifestDamage } from './manifest-damage.js';
import type { Repositories } from './repositories.js';

const LEAF = kindCode('leaf');
const UNREADABLE = kindCode('unreadable');
const SCHEMA1 = kindCode('schema1');

/** Values of `#seen`. */
const MENTIONED = 1;
const LINKED = 2;

/** Manifests per task. */
const MANIFESTS_PER_TASK = 96;
/** Tasks in the queue or running: enough for all threads, few enough for the memory. */
const MAX_TASKS = 96;

export interface ManifestOptions {
  readonly alsoParse: readonly Digest[];
  /** In seconds since 1970. Blobs newer than this are read too, even if nothing refers to them. */
  readonly recentSince: number;
}

export class ManifestCollector {
  readonly #nodes = new NumberList();
  readonly #kinds = new NumberList();
  readonly #starts = new NumberList();
  readonly #targets = new NumberList();
  readonly #others = new NumberList();
  readonly #referrers: [subject: Node, referrer: Node][] = [];
  readonly #damage: ManifestDamage;
  /** Digests of layers that are stored under another algorithm, according to a layer link. */
  readonly #aliases: ReadonlySet<Node>;
  #seen: Uint8Array;
  #next = new NumberList();
  #read = 0;

  constructor(
    private readonly collector: Collector,
    private readonly resolver: Resolver,
    private readonly found: Repositories,
    private readonly reader: StorageReader,
  ) {
    this.#damage = new ManifestDamage(collector, resolver, found.repositories);
    this.#seen = new Uint8Array(resolver.blobs.count);
    const stored = found.aliases.filter(([from, to]) => isStored(resolver, from, to));
    this.#aliases = new Set(stored.map(([from]) => from));
  }

  async collect(options: ManifestOptions): Promise<ManifestTable> {
    this.#enqueueLinked(options);
    await this.#rounds(false);
    this.#enqueueRetained(options.recentSince);
    await this.#rounds(true);
    this.#damage.report();
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

  /** @param linked a tag or revision names it, so its absence is damage */
  #enqueue(node: Node, linked: boolean): void {
    if (node < this.#seen.length) {
      if (this.#seen[node] !== 0) return;
      this.#seen[node] = linked ? LINKED : MENTIONED;
      this.#next.push(node);
    } else if (linked) {
      this.#damage.missingLinked(node);
    }
  }

  async #rounds(peek: boolean): Promise<void> {
    while (this.#next.length > 0) {
      const round = this.#next.done().sort();
      this.#next = new NumberList();
      let at = 0;
      const next = async (): Promise<void> => {
        for (let from = at; from < round.length; from = at) {
          at += MANIFESTS_PER_TASK;
          await this.#batch(round.subarray(from, from + MANIFESTS_PER_TASK), peek);
        }
      };
      await Promise.all(Array.from({ length: MAX_TASKS }, next));
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
      if (tooLarge) this.#damage.unreadable(node, 'exceeds the size limit for manifests');
    });
    if (peek) return;
    for (const [i, problem] of result.problems) {
      this.#damage.unreadable(nodes[i]!, problem);
    }
  }

  /** A linked manifest over the size limit is unreadable, whatever its first bytes look like. */
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
      // A live subject keeps referrers that are linked. One that is not (`peek`) is kept by its age
      // or place.
      if (!peek) this.#referrers.push([node, from]);
      return;
    }
    this.#target(node, cursor.flags === 0);
    const descend = (cursor.flags & PACKED.descend) !== 0;
    // A manifest without a link is not an image, so a missing blob is no damage.
    if (!present) {
      if (!peek && !this.#aliases.has(node)) this.#damage.missing(node, from, descend);
    } else if (descend) this.#enqueue(node, false);
  }

  #target(node: Node, isContent: boolean): void {
    if (!isContent) this.#others.push(this.#targets.length);
    this.#targets.push(node);
  }

  /** Adds the signatures of schema 1 manifests. An unreadable manifest may be one. */
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

  /** Adds subjects that a referrer names by another algorithm than they are stored under. */
  #subjectsByContent(): void {
    const read = this.#readManifests();
    append(this.#referrers, [
      ...subjectsByContent(this.reader, this.resolver, this.#referrers, read),
    ]);
  }

  *#readManifests(): Generator<Node> {
    for (let row = 0; row < this.#nodes.length; row++) {
      if (this.#kinds.get(row) !== LEAF) yield this.#nodes.get(row);
    }
  }

  #isAliased(cursor: PackedCursor): boolean {
    const { absent, blobs } = this.resolver;
    const id = absent.find(cursor.algorithm, cursor.bytes, cursor.at);
    return id >= 0 && this.#aliases.has(blobs.count + id);
  }

  /**
   * Enqueues recent and immovable blobs that nothing refers to. They are kept, and may be manifests
   * whose references must be kept too: during a push, a manifest's blob exists before its link.
   */
  #enqueueRetained(since: number): void {
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
        const isRetained = newest[i]! > since || (flags[i]! & BLOB_FLAG.immovable) !== 0;
        if (isRetained) this.#enqueue(node, false);
      }
    }
  }
}

/** Two digests of the same algorithm have different content, so one is no alias of the other. */
const isStored = (resolver: Resolver, from: Node, to: Node): boolean =>
  to < resolver.blobs.count &&
  algorithmOf(digestOf(resolver, from)) !== algorithmOf(digestOf(resolver, to));
