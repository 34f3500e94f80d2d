/**
 * What of a plan nobody can remove: immutable and append-only files and folders. The system tells
 * only who asks for each, so only what a plan lists is asked about, with the folders above it.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { PlannedItem } from '../../plan/types.js';
import { fsPath, printable } from '../../storage/names.js';
import { errnoOf } from '../../util/errors.js';

/** Paths that one `lsattr` is given: some hundred bytes each, of the two megabytes that it may. */
const CHUNK = 4000;
const NAMED = 5;

export class FixedItems {
  /** Items that stay, each with the path that keeps it. */
  readonly #found = new Map<string, string>();
  /** Paths that wait for an answer, with the items that can't go when it is a bad one. */
  #asked = new Map<string, string[]>();
  #noLsattr = false;

  /** @param v2 absolute path of the tree */
  constructor(private readonly v2: string) {}

  get count(): number {
    return this.#found.size;
  }

  has(path: string): boolean {
    return this.#found.has(path);
  }

  /** Asks about the item, all beneath it and the folder that it leaves; `settle` ends that. */
  look({ action: { path }, seen }: PlannedItem): void {
    this.#ask(path.slice(0, path.lastIndexOf('/')), path);
    for (const { name, type } of seen) {
      if (type === 'directory' || type === 'file')
        this.#ask(name === '' ? path : `${path}/${name}`, path);
    }
    if (this.#asked.size >= CHUNK) this.settle();
  }

  settle(): void {
    const attributes = this.#attributes([...this.#asked.keys()]);
    for (const [path, items] of this.#asked) {
      const flags = attributes.get(path);
      const stays = flags === undefined ? this.#isImmutable(path) : /[ai]/.test(flags);
      if (stays) for (const item of items) this.#found.set(item, path);
    }
    this.#asked = new Map();
  }

  /** For people. */
  notes(): string[] {
    if (this.count === 0) return [];
    const shown = [...new Set(this.#found.values())].slice(0, NAMED).map(printable).join(', ');
    const number = this.count.toLocaleString('en-US');
    return [
      `kept with all that they need, as something of them is immutable or append-only: ${number} ` +
        `(chattr -i -a lets them go): ${shown}`,
    ];
  }

  #ask(path: string, item: string): void {
    const items = this.#asked.get(path);
    if (items === undefined) this.#asked.set(path, [item]);
    else items.push(item);
  }

  /**
   * Where no attributes are told. For root too, writing to an immutable inode is not permitted,
   * whatever its mode says; that a file is append-only is learned at the rename.
   */
  #isImmutable(path: string): boolean {
    try {
      accessSync(fsPath(`${this.v2}/${path}`), constants.W_OK);
      return false;
    } catch (error) {
      return errnoOf(error) === 'EPERM';
    }
  }

  /** By path, of those that `lsattr` can tell. */
  #attributes(paths: readonly string[]): Map<string, string> {
    const plain = paths.filter((path) => printable(path) === path);
    if (this.#noLsattr || plain.length === 0) return new Map();
    const { stdout, error } = spawnSync('lsattr', ['-d', ...plain.map((path) => `./${path}`)], {
      cwd: this.v2,
      encoding: 'utf8',
      maxBuffer: Number.POSITIVE_INFINITY,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#noLsattr = error !== undefined;
    const lines = (stdout ?? '').split('\n').map((line) => /^(\S+) \.\/(.*)$/.exec(line));
    return new Map(lines.flatMap((match) => (match === null ? [] : [[match[2]!, match[1]!]])));
  }
}
