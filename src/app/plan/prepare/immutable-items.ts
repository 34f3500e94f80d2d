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
import { parentOf } from '../../../util/paths.js';

/**
 * Bytes of arguments per `lsattr`, of the two megabytes that are mostly allowed. Starting a process
 * copies the page tables of this one.
 */
const CHUNK_BYTES = 768 * 1024;
/** Of an argument besides its text: its end, its pointer and the `./` before a path. */
const ARGUMENT_BYTES = 11;
const NAMED = 5;

/** The paths of an item, which have to be removable. They stand in a row in `Question.paths`. */
interface Asked {
  readonly path: string;
  readonly parent: string;
  readonly first: number;
  readonly end: number;
}

/** Items whose attributes are asked for with one `lsattr`. */
class Question {
  readonly items: Asked[] = [];
  readonly paths: string[] = [];
  bytes = 0;
  #parent = '';

  add({ action: { path }, seen }: PlannedItem): void {
    // Items with the same parent are mostly adjacent.
    const above = parentOf(path);
    if (above !== this.#parent) this.#push(above);
    this.#parent = above;
    const first = this.paths.length;
    for (const { name, type } of seen) {
      if (type === 'directory' || type === 'file')
        this.#push(name === '' ? path : `${path}/${name}`);
    }
    this.items.push({ path, parent: above, first, end: this.paths.length });
  }

  #push(path: string): void {
    this.paths.push(path);
    this.bytes += Buffer.byteLength(path) + ARGUMENT_BYTES;
  }
}

export class FixedItems {
  /** Items that are kept, each with the path that keeps it. */
  readonly #found = new Map<string, string>();
  #asked = new Question();
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
  look(item: PlannedItem): Promise<void> | undefined {
    this.#asked.add(item);
    return this.#asked.bytes < CHUNK_BYTES ? undefined : this.#send();
  }

  async settle(): Promise<void> {
    await this.#send();
    await this.#answered;
  }

  /** One `lsattr` runs while the paths of the next one are collected. */
  async #send(): Promise<void> {
    const asked = this.#asked;
    this.#asked = new Question();
    await this.#answered;
    this.#answered = this.#answer(asked);
    // `settle` reports a failure.
    this.#answered.catch(() => undefined);
  }

  async #answer({ items, paths }: Question): Promise<void> {
    const plain = paths.filter((path) => printable(path) === path);
    const told = this.#noLsattr || plain.length === 0 ? '' : await this.#lsattr(plain);
    if (plain.length === paths.length && areAllRemovable(told, paths.length)) return;
    const attributes = attributesIn(told);
    const staying = new Set(
      paths.filter((path) => {
        const flags = attributes.get(path);
        return flags === undefined ? this.#isImmutable(path) : FIXED.test(flags);
      }),
    );
    for (const { path: item, parent, first, end } of items) {
      for (const path of [parent, ...paths.slice(first, end)]) {
        if (staying.has(path)) this.#found.set(item, path);
      }
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

  /** A host may allow fewer bytes of arguments, as a fourth of a small stack limit. */
  async #lsattr(paths: readonly string[]): Promise<string> {
    try {
      return await this.#runLsattr(paths);
    } catch (error) {
      if (errnoOf(error) !== 'E2BIG' || paths.length < 2) throw error;
      const half = paths.length >> 1;
      const told = await this.#lsattr(paths.slice(0, half));
      return told + (await this.#lsattr(paths.slice(half)));
    }
  }

  /** Its exit code adds nothing: a path that it could not read is missing in its output. */
  #runLsattr(paths: readonly string[]): Promise<string> {
    const options = { cwd: this.v2, maxBuffer: Number.POSITIVE_INFINITY };
    return new Promise((resolve) => {
      execFile('lsattr', ['-d', ...paths.map((path) => `./${path}`)], options, (error, stdout) => {
        this.#noLsattr ||= typeof error?.code === 'string';
        resolve(stdout);
      });
    });
  }
}

const FIXED = /[ai]/;
const SOME_FIXED = /^[^ \n]*[ai]/m;

/** Whether `lsattr` reports `count` paths and none of them is immutable or append-only. */
function areAllRemovable(told: string, count: number): boolean {
  let lines = 0;
  for (let at = told.indexOf('\n'); at >= 0; at = told.indexOf('\n', at + 1)) lines += 1;
  return lines === count && !SOME_FIXED.test(told);
}

/** Attributes by path, for the paths that `lsattr` reports. */
function attributesIn(told: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const line of told.split('\n')) {
    const end = line.indexOf(' ./');
    if (end > 0) attributes.set(line.slice(end + 3), line.slice(0, end));
  }
  return attributes;
}
