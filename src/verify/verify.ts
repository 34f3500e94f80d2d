/** Reads every blob and compares its content with its digest. */
import { availableParallelism } from 'node:os';
import type { Facts, Node } from '../facts/types.js';
import type { Digest } from '../storage/digest.js';
import type { KnownBlobs, VerifyLog } from './log.js';
import { type VerifyBatch, verifyInThreads } from './pool.js';
import { makeShared, Shared } from './throttle.js';
import type { VerifyAnswer, VerifyTask } from './types.js';

export interface CorruptBlob {
  readonly node: Node;
  readonly digest: Digest;
  /** Size as read. */
  readonly bytes: number;
  /** The digest of its content; undefined if it could not be read. */
  readonly actual?: string;
  /** Why it could not be read. */
  readonly problem?: string;
}

export interface VerifyOptions {
  /** Number of threads; undefined: one per core. */
  readonly concurrency: number | undefined;
  /** Of all threads together; undefined: no limit. */
  readonly bytesPerSecond: number | undefined;
  readonly known: KnownBlobs;
  /** Records intact blobs, to continue from after an interruption. */
  readonly log: VerifyLog | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  readonly onCorrupt: (blob: CorruptBlob) => void;
}

export interface VerifyResult {
  readonly blobs: number;
  readonly bytes: number;
  /** Intact in the run that this one continues, and unchanged since. */
  readonly knownBlobs: number;
  /** Removed during the verification. */
  readonly goneBlobs: number;
  /** Sorted by digest. */
  readonly corrupt: readonly CorruptBlob[];
  readonly interrupted: boolean;
}

const POLL_MS = 200;
const BATCH_BLOBS = 256;
const BATCH_BYTES = 32 << 20;
/** Larger blobs come first, one per batch, so that no thread is left with one at the end. */
const LARGE = 64 << 20;

/** @throws RegsweepError `failed` when a thread dies; unreadable blobs are in the result */
export async function verifyBlobs(facts: Facts, options: VerifyOptions): Promise<VerifyResult> {
  const shared = new Shared(makeShared());
  const total = totalBytes(facts);
  const tally = new Tally(facts, options);
  const stop = (): void => shared.stop();
  if (options.signal.aborted) stop();
  options.signal.addEventListener('abort', stop);
  const timer = setInterval(() => options.onProgress(shared.doneBytes, total), POLL_MS);
  const { concurrency, bytesPerSecond = 0 } = options;
  const setup = { base: facts.tree.v2, shared: shared.buffer, bytesPerSecond };
  try {
    const wanted = concurrency ?? availableParallelism();
    const threads = Math.max(1, Math.min(wanted, facts.blobs.count));
    await verifyInThreads(setup, threads, batchesOf(facts, options, shared), (nodes, answers) =>
      answers.forEach((answer, i) => {
        tally.take(nodes[i]!, answer);
      }),
    );
  } finally {
    clearInterval(timer);
    options.signal.removeEventListener('abort', stop);
  }
  return tally.result(shared.stopped);
}

function totalBytes({ blobs }: Facts): number {
  let total = 0;
  for (const { size } of blobs.shards) for (const bytes of size) total += bytes;
  return total;
}

function* batchesOf(
  facts: Facts,
  { known }: VerifyOptions,
  shared: Shared,
): Generator<VerifyBatch> {
  const { blobs } = facts;
  const taskOf = (node: Node): VerifyTask => {
    const before = known.get(node);
    const digest = blobs.digest(node);
    return before === undefined ? { digest } : { digest, known: before };
  };
  const large: Node[] = [];
  let node = 0;
  for (const { size } of blobs.shards) {
    for (const bytes of size) {
      if (bytes >= LARGE) large.push(node);
      node += 1;
    }
  }
  large.sort((a, b) => blobs.size(b) - blobs.size(a));
  for (const one of large) {
    if (shared.stopped) return;
    yield { nodes: [one], tasks: [taskOf(one)] };
  }
  let batch = { nodes: [] as Node[], tasks: [] as VerifyTask[], bytes: 0 };
  for (let one = 0; one < blobs.count; one++) {
    const bytes = blobs.size(one);
    if (bytes >= LARGE) continue;
    batch.nodes.push(one);
    batch.tasks.push(taskOf(one));
    batch.bytes += bytes;
    if (batch.nodes.length < BATCH_BLOBS && batch.bytes < BATCH_BYTES) continue;
    if (shared.stopped) return;
    yield batch;
    batch = { nodes: [], tasks: [], bytes: 0 };
  }
  if (batch.nodes.length > 0 && !shared.stopped) yield batch;
}

class Tally {
  #blobs = 0;
  #bytes = 0;
  #known = 0;
  #gone = 0;
  readonly #corrupt: CorruptBlob[] = [];

  constructor(
    private readonly facts: Facts,
    private readonly options: VerifyOptions,
  ) {}

  take(node: Node, answer: VerifyAnswer): void {
    if (answer.state === 'stopped') return;
    if (answer.state === 'missing') {
      this.#gone += 1;
      return;
    }
    this.#blobs += 1;
    this.#bytes += answer.size;
    const digest = this.facts.blobs.digest(node);
    if (answer.state === 'known') this.#known += 1;
    else if (answer.state === 'right') this.options.log?.add(digest, answer.size, answer.mtimeNs);
    else {
      const why =
        answer.state === 'wrong' ? { actual: answer.actual } : { problem: answer.problem };
      const blob = { node, digest, bytes: answer.size, ...why };
      this.#corrupt.push(blob);
      this.options.onCorrupt(blob);
    }
  }

  result(interrupted: boolean): VerifyResult {
    return {
      blobs: this.#blobs,
      bytes: this.#bytes,
      knownBlobs: this.#known,
      goneBlobs: this.#gone,
      corrupt: this.#corrupt.sort((a, b) => a.node - b.node),
      interrupted,
    };
  }
}
