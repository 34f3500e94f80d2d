/**
 * Finds and collects every repository, at any depth. The walk reports every error, because the
 * images of an overlooked repository would be removed.
 */

import type { Algorithm, Digest } from '../../storage/digest.js';
import { repositoryPath, UPLOADS } from '../../storage/layout.js';
import { nameToBytes } from '../../storage/names.js';
import type { Finding } from '../findings.js';
import type { ResultOf, Task } from '../pool/tasks.js';
import type { NamespaceFacts, Node, RepositoryFacts, Upload } from '../types.js';
import type { Collector, Resolver } from './collector.js';
import { collectLayers, type Layers } from './layers.js';
import {
  type Aliases,
  type Condition,
  type Depth,
  isPartlyUnseen,
  merge,
} from './repository-scan.js';
import { collectRevisions, type Revisions } from './revisions.js';
import { collectTags } from './tags.js';

export interface Repositories {
  readonly repositories: RepositoryFacts[];
  readonly namespaces: NamespaceFacts[];
  /** Nodes of digests found in damaged or unknown links. They are roots, whatever they are. */
  readonly guesses: Node[];
  readonly aliases: Aliases;
}

export class RepositoryCollector {
  readonly #repositories: RepositoryFacts[] = [];
  readonly #namespaces: NamespaceFacts[] = [];
  readonly #guesses: Digest[] = [];
  readonly aliases: Aliases = [];
  #resolver: Resolver | undefined;
  #found = 0;
  #done = 0;

  /** @param ready resolves when all blobs are known; the scan of repositories starts before */
  constructor(
    readonly collector: Collector,
    private readonly ready: Promise<Resolver>,
    readonly depth: Depth,
  ) {}

  /** Available after `ready`. */
  get resolver(): Resolver {
    return this.#resolver!;
  }

  /**
   * Runs a task. The result is returned after `ready`, when its digests can be resolved to nodes.
   */
  async run<T extends Task>(task: T): Promise<ResultOf<T>> {
    const result = await this.collector.pool.run(task);
    this.#resolver ??= await this.ready;
    return result;
  }

  async collect(): Promise<Repositories> {
    await this.#walk('', [], undefined);
    const resolver = await this.ready;
    const byName = <T extends { readonly name: string }>(list: T[]): T[] =>
      list.sort((a, b) => Buffer.compare(nameToBytes(a.name), nameToBytes(b.name)));
    return {
      repositories: byName(this.#repositories),
      namespaces: byName(this.#namespaces),
      guesses: this.#guesses.map((digest) => resolver.of(digest)),
      aliases: this.aliases,
    };
  }

  /**
   * @param above identities of the parent folders; a symbolic link to one of them is a loop
   * @param behind why nothing in the parent folder can be removed, and so nothing here
   */
  async #walk(name: string, above: readonly string[], behind: string | undefined): Promise<void> {
    const scan = await this.collector.pool.run({ type: 'namespace', name, behind });
    this.collector.note(scan);
    if (above.includes(scan.identity)) {
      this.collector.findings.add({ code: 'symlink-loop', path: `repositories/${name}` });
      return;
    }
    this.keep(scan.guesses);
    const { parts, empty, foreign, immovable } = scan;
    const repository = parts.length > 0;
    if (name !== '') {
      this.#namespaces.push({
        name,
        repository,
        empty,
        foreign,
        immovable: immovable !== undefined,
      });
    }
    const path = [...above, scan.identity];
    const below = scan.children.map((child) => this.#walk(child, path, scan.below));
    if (repository) below.push(this.#collectOne(name, scan));
    await Promise.all(below);
  }

  keep(guesses: readonly Digest[]): void {
    for (const digest of guesses) this.#guesses.push(digest);
  }

  async #collectOne(
    name: string,
    scan: {
      parts: readonly string[];
      revisionAlgorithms: readonly Algorithm[];
      layerAlgorithms: readonly Algorithm[];
      hasTags: boolean;
      /** Why nothing here can be removed, if the reason applies to the complete folder. */
      below: string | undefined;
      findings: readonly Finding[];
    } & Omit<Condition, 'unseen'>,
  ): Promise<void> {
    this.#found += 1;
    const { damage, immovable } = scan;
    const own = scan.findings.filter(({ path }) => path.startsWith(`${repositoryPath(name)}/_`));
    const condition: Condition = {
      damage,
      immovable,
      foreign: scan.foreign,
      unseen: isPartlyUnseen(own),
    };
    const [layers, revisions, uploads] = await Promise.all([
      collectLayers(this, name, scan.layerAlgorithms, condition, this.depth.links),
      collectRevisions(this, name, scan.revisionAlgorithms, condition),
      this.#uploads(name, scan.parts, condition),
    ]);
    const bare = revisions.node.length === 0 && !scan.hasTags;
    const aged =
      this.depth.links === 'names' && bare
        ? await collectLayers(this, name, scan.layerAlgorithms, condition, 'times')
        : layers;
    await this.#finish(name, scan, condition, aged, revisions, uploads);
    this.collector.progress({ stage: 'repositories', done: ++this.#done, total: this.#found });
  }

  async #finish(
    name: string,
    scan: { parts: readonly string[]; hasTags: boolean; below: string | undefined },
    condition: Condition,
    layers: Layers,
    revisions: Revisions,
    uploads: readonly Upload[],
  ): Promise<void> {
    const { tags, history } = await collectTags(this, name, scan.hasTags, revisions, condition);
    if (condition.immovable !== undefined && scan.below === undefined) {
      const where = { path: repositoryPath(name), repository: name };
      const detail = condition.immovable;
      this.collector.findings.add({ code: 'immovable-repository', ...where, detail });
    }
    this.#repositories.push({
      name,
      tags,
      revisions,
      ...layers,
      history,
      uploads,
      parts: scan.parts,
      keepAllReason: condition.damage,
      immovable: condition.immovable,
      foreign: condition.foreign,
      unseen: condition.unseen,
    });
  }

  async #uploads(
    name: string,
    parts: readonly string[],
    condition: Condition,
  ): Promise<readonly Upload[]> {
    if (!parts.includes(UPLOADS)) return [];
    const scan = await this.collector.pool.run({ type: 'uploads', repository: name });
    this.collector.note(scan);
    merge(condition, { ...scan, damage: undefined }, `${name}/_uploads`);
    return [...scan.rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
