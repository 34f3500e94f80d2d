/**
 * The log of a verification, from which an interrupted one continues: a header, then a line
 * `<digest> <size> <mtime in ns>.` for each intact blob, and `end` after the last. It is only
 * appended to. An incomplete line is ignored.
 */
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import type { BlobTable } from '../facts/tables/blob-table.js';
import { algorithmOf, type Digest, hexOf, parseDigest } from '../storage/digest.js';
import type { StorageTree } from '../storage/port.js';
import { errnoOf } from '../util/errors.js';

/** Older results are not used. */
const MAX_AGE_MS = 7 * 86_400_000;
const FLUSH_MS = 1000;
const FLUSH_AT = 1 << 16;
const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC, O_NOFOLLOW } = fs.constants;

/** Results of an earlier verification by node. Size -1 means none. */
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
  /** RFC 3339; undefined if there is nothing to continue from. */
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

/** @throws system errors, except that a missing log counts as empty */
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
    // Without O_NONBLOCK, opening a pipe waits for a writer.
    const { O_RDONLY, O_NONBLOCK } = fs.constants;
    const file = await fs.promises.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    for await (const line of createInterface({ input: file.createReadStream() })) {
      if (line === 'end') return nothing;
      if (startedAt !== undefined) addLine(known, blobs, line);
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
    return isOurs && age >= 0 && age < MAX_AGE_MS ? startedAt : undefined;
  } catch {
    return undefined; // not a valid header, so nothing is known from the file
  }
}

const LINE = /^(\S+) (\d{1,15}) (-?\d{1,19})\.$/;

function addLine(known: KnownBlobs, blobs: BlobTable, line: string): void {
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
   * Creates the file at the first result.
   * @param path returns the path of the log, and creates its folder
   * @param resumed the file exists and this run continues it
   * @param onFailure called once; the log is not written any more then
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

  /** All blobs were read, so the next verification starts from the beginning. */
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
