/**
 * Collects `_layers` of one repository, and raises the time of each blob to that of its newest
 * link.
 */
import { type Algorithm, DIGEST_BYTES } from '../../storage/digest.js';
import { UNKNOWN_TIME } from '../../util/iso-time.js';
import type { Results } from '../pool/tasks.js';
import type { Names } from '../scan/context.js';
import type { LinkDepth } from '../scan/layers.js';
import { NumberList } from '../tables/number-list.js';
import type { BadLayerLink, Node } from '../types.js';
import type { ScanOwner } from './repository-scan.js';
import { type Condition, merge } from './repository-scan.js';

export interface Layers {
  readonly layers: Uint32Array;
  readonly newestLayerLink: number;
  readonly danglingLayers: { readonly node: Uint32Array; readonly changed: Uint32Array };
  readonly badLayers: readonly BadLayerLink[];
}

export async function collectLayers(
  owner: ScanOwner,
  repository: string,
  algorithms: readonly Algorithm[],
  condition: Condition,
  depth: LinkDepth,
): Promise<Layers> {
  const draft = new LayerDraft(owner, depth === 'names');
  const scanPart = async (algorithm: Algorithm, part?: Names): Promise<void> => {
    const task = { type: 'layers', repository, algorithm, depth } as const;
    const scan = await owner.run(part === undefined ? task : { ...task, part });
    owner.collector.note(scan);
    merge(condition, scan, `${repository}/_layers`);
    draft.add(scan);
    await Promise.all(scan.rest.map((rest) => scanPart(algorithm, rest)));
  };
  await Promise.all(algorithms.map((algorithm) => scanPart(algorithm)));
  return draft.done();
}

class LayerDraft {
  readonly #layers = new NumberList();
  readonly #dangling = new NumberList();
  readonly #danglingChanged = new NumberList();
  readonly #bad: BadLayerLink[] = [];
  #newest = 0;

  constructor(
    private readonly owner: ScanOwner,
    /** Links were listed by name only. `ageGarbage` reads the times later. */
    private readonly byName: boolean,
  ) {}

  add(scan: Results['layers']): void {
    const { resolver, aliases } = this.owner;
    const { blobs } = resolver;
    const width = DIGEST_BYTES[scan.algorithm];
    for (let i = 0; i < scan.count; i++) {
      this.#link(resolver.node(scan.algorithm, scan.digests, i * width), scan.changed[i]!);
    }
    for (const bad of scan.bad) {
      this.#bad.push({ ...bad, node: resolver.of(bad.digest), isUnneeded: false });
    }
    for (const { digest, target, changed } of scan.aliases) {
      const to = resolver.of(target);
      if (to < blobs.count) blobs.touch(to, changed);
      aliases.push([resolver.of(digest), to]);
    }
  }

  #link(node: Node, changed: number): void {
    const { blobs } = this.owner.resolver;
    this.#newest = Math.max(this.#newest, changed);
    this.#layers.push(node);
    if (node < blobs.count) {
      if (changed !== UNKNOWN_TIME || !this.byName) blobs.touch(node, changed);
    } else {
      this.#dangling.push(node);
      this.#danglingChanged.push(changed);
    }
  }

  done(): Layers {
    return {
      layers: this.#layers.done().sort(),
      newestLayerLink: this.#newest,
      danglingLayers: { node: this.#dangling.done(), changed: this.#danglingChanged.done() },
      badLayers: this.#bad,
    };
  }
}
