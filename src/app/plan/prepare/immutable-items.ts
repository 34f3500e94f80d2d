/**
 * What of a plan nobody can remove: immutable and append-only files and folders. The system tells
 * only who asks for each, so only what a plan lists is asked about, with the folders above it.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { PlannedItem } from '../../../plan/types.js';
import { fsPath, printable } from '../../../storage/names.js';
import { errnoOf } from '../../../util/errors.js';

/** Paths that one `lsattr` is given: some hundred bytes each, of the two megabytes that it may. */
const CHUNK = 4000;
const NAMED = 5;

export class FixedItems {
  /** Items that stay, each with the path that keeps it. */
  readonly #found = new Map<string, string>();
  /** Paths that wait for an answer, with the items that can't go when it is a bad one. */
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
   * Asks about the item, all beneath it and the folder that it leaves. `settle` ends that.
   * @returns what to wait for before more is asked, so that the questions don't pile up
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

  /** One `lsattr` runs while the next one's paths are collected. */
  async #send(): Promise<void> {
    const asked = this.#asked;
    this.#asked = new Map();
    await this.#answered;
    this.#answered = this.#answer(asked);
    // Whoever waits for it hears of a failure.
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

  /** Its exit code tells no more than its output: what it could not look at is missing there. */
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
