/**
 * The targets of symbolic links and double mounts inside the tree. Files there are also reachable
 * under the names of the links.
 */
export class SymlinkTargets {
  readonly #targets: ReadonlySet<string>;
  readonly #above = new Set<string>();

  /** @param targets paths relative to v2 */
  constructor(targets: Iterable<string>) {
    this.#targets = new Set(targets);
    for (const target of this.#targets) for (const folder of above(target)) this.#above.add(folder);
  }

  get isEmpty(): boolean {
    return this.#targets.size === 0;
  }

  /** @returns whether the path is a target, contains one, or lies in one */
  covers(path: string): boolean {
    if (this.isEmpty) return false;
    if (this.#targets.has(path) || this.#above.has(path)) return true;
    for (const folder of above(path)) if (this.#targets.has(folder)) return true;
    return false;
  }
}

function* above(path: string): Generator<string> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    yield path.slice(0, slash);
  }
}
