/**
 * Manifests that can't be read, and content that manifests refer to although it is missing. It is
 * reported at the end and in the order of digests, so that two scans of the same tree say the same,
 * in whatever order the threads finish.
 */
import { blobDataPath } from '../../storage/layout.js';
import { digestOf, type Node, positionIn, type RepositoryFacts } from '../types.js';
import type { Collector, Resolver } from './collector.js';

type Code = 'missing-manifest' | 'unreadable-manifest';

interface Problem {
  readonly code: Code;
  readonly problem: string;
}

export class ManifestDamage {
  readonly #problems = new Map<Node, Problem>();
  /** Missing content, each with the manifest of the smallest digest that refers to it. */
  readonly #missing = {
    'missing-child': new Map<Node, Node>(),
    'missing-blob': new Map<Node, Node>(),
  };

  constructor(
    private readonly collector: Collector,
    private readonly resolver: Resolver,
    private readonly repositories: readonly RepositoryFacts[],
  ) {}

  unreadable(node: Node, problem: string): void {
    this.#add(node, { code: 'unreadable-manifest', problem });
  }

  /** A link names the manifest. */
  missingLinked(node: Node): void {
    this.#add(node, { code: 'missing-manifest', problem: 'its blob is missing' });
  }

  /** @param from the manifest that refers to it @param descend as a manifest, not as a layer */
  missing(node: Node, from: Node, descend: boolean): void {
    if (this.#problems.has(node)) return;
    if (descend && this.repositories.some((one) => linksTo(one, node))) {
      this.missingLinked(node);
      return;
    }
    // A digest may be named as a layer and as a manifest. Each is reported once.
    const missing = this.#missing[descend ? 'missing-child' : 'missing-blob'];
    const before = missing.get(node);
    if (before === undefined || this.#text(from) < this.#text(before)) missing.set(node, from);
  }

  /** Adds the findings. Keeps all repositories that link a manifest that can't be read. */
  report(): void {
    const unlisted = new UnlistedFolders(this.collector.findings);
    for (const node of this.#sorted(this.#problems)) {
      this.#report(node, this.#problems.get(node)!, unlisted);
    }
    for (const code of ['missing-child', 'missing-blob'] as const) {
      for (const [node, from] of this.#missing[code]) {
        if (this.#problems.has(node)) continue;
        const digest = digestOf(this.resolver, node);
        // The unsafe finding of the folder says it.
        if (unlisted.folderOf(blobDataPath(digest)) !== undefined) continue;
        const detail = `referred to by ${this.#text(from)}`;
        this.collector.findings.add({ code, path: blobDataPath(digest), digest, detail });
      }
    }
  }

  /** The first problem of a manifest is the one that counts. */
  #add(node: Node, problem: Problem): void {
    if (!this.#problems.has(node)) this.#problems.set(node, problem);
  }

  /** What a manifest refers to can only be linked where the manifest is. */
  #report(node: Node, found: Problem, unlisted: UnlistedFolders): void {
    const digest = digestOf(this.resolver, node);
    const path = blobDataPath(digest);
    const folder = found.code === 'missing-manifest' ? unlisted.folderOf(path) : undefined;
    const { code, problem }: Problem =
      folder === undefined
        ? found
        : { code: 'unreadable-manifest', problem: `${folder} can't be listed` };
    this.collector.findings.add({ code, path, digest, detail: problem });
    for (const repository of this.repositories) {
      if (linksTo(repository, node)) repository.keepAllReason ??= `manifest ${digest}: ${problem}`;
    }
  }

  #sorted(nodes: ReadonlyMap<Node, unknown>): Node[] {
    return [...nodes.keys()].sort((a, b) => (this.#text(a) < this.#text(b) ? -1 : 1));
  }

  #text(node: Node): string {
    return digestOf(this.resolver, node);
  }
}

function linksTo(repository: RepositoryFacts, node: Node): boolean {
  return (
    positionIn(repository.revisions.node, node) >= 0 ||
    positionIn(repository.layers, node) >= 0 ||
    repository.revisions.target.includes(node) ||
    repository.tags.target.includes(node)
  );
}

/** Folders of blobs that could not be listed. What should be there is not known to be missing. */
class UnlistedFolders {
  readonly #folders: readonly string[];

  constructor(findings: Collector['findings']) {
    this.#folders = findings.unsafe().map(({ path }) => path);
  }

  /** @returns the folder that a path lies in */
  folderOf(path: string): string | undefined {
    return this.#folders.find((folder) => path.startsWith(`${folder}/`));
  }
}
