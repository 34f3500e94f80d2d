/**
 * Finds items of a plan that can't be removed: immutable and append-only files and folders. The
 * attributes have to be asked for each path, so only the paths in a plan and the folders above them
 * are asked.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { PlannedItem } from '../../../plan/types.js';
import { fsPath, printable } from '../../../storage/names.js';
import { errnoOf } from '../../../util/errors.js';

/**
 * Number of paths per `lsattr`: a few hundred bytes each, of the two megabytes that are allowed.
 */
const CHUNK = 4000;
const NAMED = 5;

export class FixedItems {
  /** Items that are kept, each with the path that keeps it. */
  readonly #found = new Map<string, string>();
  /** Paths whose attributes are not known yet, with the items that depend on them. */
  #asked = new Map<string, string[]>();
  #answered: Promise<void> = Promise.resolve();
  #noLsattr = false;

  /** @param v2 absolute path of the tree */
  constructor(private readonly v2: string) {}

  get count(): number {
    return this.#found.size;
  }

  has(path: string): boolean {
    return this.#found.has(path);
  }

  /**
   * Asks about the item, everything below it, and its parent folder. `settle` waits for the
   * answers.
   * @returns a promise to await before the next call, which limits the number of open questions
   */
  look({ action: { path }, seen }: PlannedItem): Promise<void> | undefined {
    this.#ask(path.slice(0, path.lastIndexOf('/')), path);
    for (const { name, type } of seen) {
      if (type === 'directory' || type === 'file')
        this.#ask(name === '' ? path : `${path}/${name}`, path);
    }
    return this.#asked.size < CHUNK ? undefined : this.#send();
  }

  async settle(): Promise<void> {
    await this.#send();
    await this.#answered;
  }

  /** One `lsattr` runs while the paths of the next one are collected. */
  async #send(): Promise<void> {
    const asked = this.#asked;
    this.#asked = new Map();
    await this.#answered;
    this.#answered = this.#answer(asked);
    // `settle` reports a failure.
    this.#answered.catch(() => undefined);
  }

  async #answer(asked: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const attributes = await this.#attributes([...asked.keys()]);
    for (const [path, items] of asked) {
      const flags = attributes.get(path);
      const stays = flags === undefined ? this.#isImmutable(path) : /[ai]/.test(flags);
      if (stays) for (const item of items) this.#found.set(item, path);
    }
  }

  /** As a line for people. */
  notes(): string[] {
    if (this.count === 0) return [];
    const shown = [...new Set(this.#found.values())].slice(0, NAMED).map(printable).join(', ');
    const number = this.count.toLocaleString('en-US');
    return [
      `kept with everything that they need, because they are immutable or append-only: ${number} ` +
        `(chattr -i -a makes them removable): ${shown}`,
    ];
  }

  #ask(path: string, item: string): void {
    const items = this.#asked.get(path);
    if (items === undefined) this.#asked.set(path, [item]);
    else items.push(item);
  }

  /**
   * For filesystems that report no attributes. Even root may not write to an immutable inode,
   * whatever its mode. Append-only files are detected at the rename.
   */
  #isImmutable(path: string): boolean {
    try {
      accessSync(fsPath(`${this.v2}/${path}`), constants.W_OK);
      return false;
    } catch (error) {
      return errnoOf(error) === 'EPERM';
    }
  }

  /** Attributes by path, for the paths that `lsattr` reports. */
  async #attributes(paths: readonly string[]): Promise<Map<string, string>> {
    const plain = paths.filter((path) => printable(path) === path);
    const told = new Map<string, string>();
    if (this.#noLsattr || plain.length === 0) return told;
    for (const line of (await this.#lsattr(plain)).split('\n')) {
      const end = line.indexOf(' ./');
      if (end > 0) told.set(line.slice(end + 3), line.slice(0, end));
    }
    return told;
  }

  /** Its exit code adds nothing: a path that it could not read is missing in its output. */
  #lsattr(paths: readonly string[]): Promise<string> {
    const options = { cwd: this.v2, maxBuffer: Number.POSITIVE_INFINITY };
    return new Promise((resolve) => {
      execFile('lsattr', ['-d', ...paths.map((path) => `./${path}`)], options, (error, stdout) => {
        this.#noLsattr ||= typeof error?.code === 'string';
        resolve(stdout);
      });
    });
  }
}
