/**
 * Which blobs an interrupted verification had found right, so that the next one goes on there:
 * a header, a line `<digest> <size> <mtime in ns>` for each, and `end` once all were read. Only
 * ever appended to; a line that was cut short counts for nothing.
 */
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import type { BlobTable } from '../facts/tables/blob-table.js';
import { algorithmOf, type Digest, hexOf, parseDigest } from '../storage/digest.js';
import type { StorageTree } from '../storage/port.js';
import { errnoOf } from '../util/errors.js';

/** What was found right longer ago is read again. */
const LASTS_MS = 7 * 86_400_000;
const FLUSH_MS = 1000;
const FLUSH_AT = 1 << 16;
const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC, O_NOFOLLOW } = fs.constants;

/** By node; a size of -1 stands for none. */
export class KnownBlobs {
  count = 0;
  readonly #size: Float64Array;
  readonly #mtimeNs: BigInt64Array;

  constructor(blobs: number) {
    this.#size = new Float64Array(blobs).fill(-1);
    this.#mtimeNs = new BigInt64Array(blobs);
  }

  set(node: number, size: number, mtimeNs: bigint): void {
    if (this.#size[node] === -1) this.count += 1;
    this.#size[node] = size;
    this.#mtimeNs[node] = mtimeNs;
  }

  get(node: number): { size: number; mtimeNs: bigint } | undefined {
    const size = this.#size[node]!;
    return size < 0 ? undefined : { size, mtimeNs: this.#mtimeNs[node]! };
  }
}

export interface Resumption {
  readonly known: KnownBlobs;
  /** RFC 3339; undefined where there is nothing to go on from. */
  readonly startedAt: string | undefined;
}

interface Header {
  readonly v: 1;
  readonly filesystemId: string;
  readonly inode: string;
  readonly startedAt: string;
}

const headerOf = (tree: StorageTree, startedAt: string): Header => ({
  v: 1,
  filesystemId: tree.filesystemId,
  inode: tree.inode,
  startedAt,
});

/** @throws whatever the system says, save where there is no log */
export async function readVerifyLog(
  path: string,
  tree: StorageTree,
  blobs: BlobTable,
  nowMs: number,
): Promise<Resumption> {
  const known = new KnownBlobs(blobs.count);
  const nothing = { known: new KnownBlobs(blobs.count), startedAt: undefined };
  let startedAt: string | undefined;
  try {
    const file = await fs.promises.open(path, fs.constants.O_RDONLY | O_NOFOLLOW);
    for await (const line of createInterface({ input: file.createReadStream() })) {
      if (line === 'end') return nothing;
      if (startedAt !== undefined) take(known, blobs, line);
      else {
        startedAt = startOf(line, tree, nowMs);
        if (startedAt === undefined) return nothing;
      }
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return nothing;
    throw error;
  }
  return { known, startedAt };
}

function startOf(line: string, tree: StorageTree, nowMs: number): string | undefined {
  try {
    const { startedAt, ...rest } = JSON.parse(line) as Header;
    const { startedAt: _, ...wanted } = headerOf(tree, startedAt);
    const isOurs = JSON.stringify(rest) === JSON.stringify(wanted);
    const age = nowMs - Date.parse(startedAt);
    return isOurs && age >= 0 && age < LASTS_MS ? startedAt : undefined;
  } catch {
    return undefined; // no header of ours: whatever it is, nothing is known from it
  }
}

const LINE = /^(\S+) (\d{1,15}) (-?\d{1,19})\.$/;

function take(known: KnownBlobs, blobs: BlobTable, line: string): void {
  const match = LINE.exec(line);
  const digest = match === null ? undefined : parseDigest(match[1]!);
  if (digest === undefined) return;
  const node = blobs.find(algorithmOf(digest), Buffer.from(hexOf(digest), 'hex'), 0);
  if (node >= 0) known.set(node, Number(match![2]), BigInt(match![3]!));
}

export class VerifyLog {
  #fd: number | undefined;
  #lines = '';
  #openedAt = performance.now();
  #header: string;

  /**
   * Nothing is written before there is something worth going on from.
   * @param path where the log belongs; its folder is made when this is called
   * @param resumed the log there is of the run that goes on
   * @param onFailure told once; nothing more is written then
   */
  constructor(
    private readonly path: () => string,
    tree: StorageTree,
    startedAt: string,
    private readonly resumed: boolean,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.#header = resumed ? '\n' : `${JSON.stringify(headerOf(tree, startedAt))}\n`;
  }

  add(digest: Digest, size: number, mtimeNs: bigint): void {
    this.#lines += `${digest} ${size} ${mtimeNs}.\n`;
    const due = performance.now() - this.#openedAt > FLUSH_MS;
    if (due || this.#lines.length > FLUSH_AT) this.flush();
  }

  flush(): void {
    this.#write(this.#lines);
    this.#lines = '';
  }

  /** All was read: the next run starts anew. */
  end(): void {
    if (this.#fd !== undefined || this.resumed) this.#write(`${this.#lines}end\n`);
    this.close();
  }

  close(): void {
    if (this.#fd !== undefined && this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  #write(text: string): void {
    if (this.#fd === -1 || text === '') return;
    try {
      if (this.#fd === undefined) {
        const flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_APPEND | (this.resumed ? 0 : O_TRUNC);
        this.#fd = fs.openSync(this.path(), flags, 0o600);
        fs.writeSync(this.#fd, this.#header);
      }
      fs.writeSync(this.#fd, text);
      this.#openedAt = performance.now();
    } catch (error) {
      this.close();
      this.onFailure(error);
    }
  }
}
