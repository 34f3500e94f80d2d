/** The rows of each screen of the browser: namespaces, repositories, images, blobs. Pure. */
import { digestOf, type Facts, type Node, nodeCount } from '../../facts/types.js';
import type { Reference } from '../../graph/explain.js';
import { Walk } from '../../graph/mark/follow-references.js';
import { NameTree } from '../../graph/sizes/name-tree.js';
import { type NameTreeUsage, nameTreeUsage } from '../../graph/sizes/name-tree-usage.js';
import type { Marks } from '../../graph/types.js';
import { hexOf } from '../../storage/digest.js';
import { type Image, imagesIn, type RepositoryImages } from './images.js';

/** A screen: the names below a node of the name tree, or the blobs of an image. */
export type Place =
  | { readonly kind: 'names'; readonly node: number }
  | { readonly kind: 'image'; readonly repository: number; readonly image: number };

export interface Row {
  /** Unique in the complete tree. */
  readonly key: string;
  readonly kind: 'namespace' | 'repository' | 'tag' | 'manifest' | 'blob';
  readonly label: string;
  /** Apparent bytes: of everything that it refers to, and of the part that removing it frees. */
  readonly bytes: number;
  readonly unique: number;
  readonly garbage: number;
  /** Seconds since 1970; undefined if it has no time. */
  readonly pushed?: number;
  /** The screen that it opens. */
  readonly into?: Place;
  /** References as `rm` takes them; empty if it can't be removed separately. */
  readonly targets: readonly string[];
  /** The subject for `explain`; undefined for a namespace that is no repository. */
  readonly question?: Reference;
}

export const ROOT: Place = { kind: 'names', node: 0 };

export class Rows {
  readonly #tree: NameTree;
  readonly #usage: NameTreeUsage;
  readonly #images = new Map<number, RepositoryImages>();

  constructor(
    private readonly facts: Facts,
    private readonly marks: Marks,
  ) {
    this.#tree = new NameTree(facts.repositories);
    this.#usage = nameTreeUsage(facts, marks, this.#tree);
  }

  /** The title of a screen; '' for the first. */
  title(place: Place): string {
    if (place.kind === 'names') return this.#tree.nodes[place.node]!.name;
    const image = this.#imagesOf(place.repository).images[place.image]!;
    return this.#reference(place.repository, image);
  }

  at(place: Place): Row[] {
    if (place.kind === 'image') return this.#blobs(place.repository, place.image);
    const { children, repository } = this.#tree.nodes[place.node]!;
    const names = children.map((child) => this.#name(child));
    return repository < 0 ? names : [...names, ...this.#imageRows(repository)];
  }

  #name(node: number): Row {
    const { name, repository } = this.#tree.nodes[node]!;
    const below = this.#tree.repositoriesBelow(node);
    const isPlain = repository >= 0 && below.length === 1;
    return {
      key: `name ${name}`,
      kind: isPlain ? 'repository' : 'namespace',
      label: `${name.slice(name.lastIndexOf('/') + 1)}${isPlain ? '' : '/'}`,
      bytes: this.#usage.bytes[node]!,
      unique: this.#usage.unique[node]!,
      garbage: this.#usage.garbage[node]!,
      into: { kind: 'names', node },
      targets: below.map((index) => this.facts.repositories[index]!.name),
      ...(repository < 0 ? {} : { question: { repository: name } }),
    };
  }

  *#imageRows(index: number): Generator<Row> {
    for (const [number, image] of this.#imagesOf(index).images.entries()) {
      const into: Place = { kind: 'image', repository: index, image: number };
      const { bytes, pushed } = image;
      const common = { bytes, pushed, garbage: 0, into };
      const names = image.tags.length === 0 ? [undefined] : image.tags;
      for (const tag of names) yield { ...common, ...this.#imageRow(index, image, tag) };
    }
  }

  #imageRow(index: number, { node, tags, unique }: Image, tag: string | undefined) {
    const repository = this.facts.repositories[index]!.name;
    const digest = digestOf(this.facts, node);
    const reference = tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
    return {
      key: reference,
      kind: tag === undefined ? ('manifest' as const) : ('tag' as const),
      label: tag ?? `untagged ${hexOf(digest).slice(0, 12)}`,
      // The image is kept as long as another tag points to it.
      unique: tags.length > 1 ? 0 : unique,
      targets: [reference],
      question: tag === undefined ? { repository, digest } : { repository, tag },
    };
  }

  #blobs(index: number, number: number): Row[] {
    const { images, owner } = this.#imagesOf(index);
    const { blobs, manifests } = this.facts;
    const walk = new Walk(manifests, nodeCount(this.facts), (one) => this.marks.reached.has(one));
    const found = walk.from((visit) => {
      visit(images[number]!.node);
    });
    return [...found].map((node) => {
      const digest = digestOf(this.facts, node);
      const bytes = node < blobs.count ? blobs.size(node) : 0;
      const kind = manifests.kind(node) ?? 'leaf';
      const what = node < blobs.count ? (kind === 'leaf' ? 'blob' : kind) : 'absent';
      return {
        key: digest,
        kind: 'blob' as const,
        label: `${what} ${hexOf(digest).slice(0, 12)}`,
        bytes,
        unique: owner[node] === number + 1 ? bytes : 0,
        garbage: 0,
        targets: [],
        question: { digest },
      };
    });
  }

  #imagesOf(index: number): RepositoryImages {
    const known = this.#images.get(index);
    if (known !== undefined) return known;
    const own = this.#tree.ofRepository[index]! + 1;
    const isOwn = (node: Node): boolean => this.#usage.owner[node] === own;
    const made = imagesIn(this.facts, this.marks, index, isOwn);
    this.#images.set(index, made);
    return made;
  }

  #reference(index: number, { node, tags }: Image): string {
    const { name } = this.facts.repositories[index]!;
    return tags.length > 0
      ? `${name}:${tags.join(', ')}`
      : `${name}@${digestOf(this.facts, node).slice(0, 19)}`;
  }
}
