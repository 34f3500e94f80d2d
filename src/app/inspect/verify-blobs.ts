/** `check --verify`: finds corrupt blobs, and the images that they break. */
import type { FindingLog } from '../../facts/findings.js';
import type { Facts } from '../../facts/types.js';
import { brokenBy } from '../../graph/broken.js';
import { jsonName } from '../../report/build/names.js';
import type { CorruptRow } from '../../report/model/model.js';
import { blobDataPath } from '../../storage/layout.js';
import type { SweepState } from '../../sweep/index.js';
import { KnownBlobs, readVerifyLog, VerifyLog } from '../../verify/log.js';
import { type CorruptBlob, type VerifyResult, verifyBlobs } from '../../verify/verify.js';
import type { Context } from '../context.js';
import { existingState, stateToWrite } from '../records/state-folder.js';

export interface Verification extends VerifyResult {
  readonly rows: readonly CorruptRow[];
}

/** Corrupt blobs also become findings. Progress is saved, also on an interruption. */
export async function verification(context: Context, facts: Facts): Promise<Verification> {
  const { log, known } = await openLog(context, facts);
  const result = await verifyAll(context, facts, known, log);
  if (result.interrupted) log.flush();
  else log.end();
  log.close();
  for (const blob of result.corrupt) noteFinding(facts.findings, blob);
  return { ...result, rows: rowsOf(facts, result) };
}

async function verifyAll(
  { options, progress, log: logger, signal }: Context,
  facts: Facts,
  known: KnownBlobs,
  log: VerifyLog,
): Promise<VerifyResult> {
  const onCorrupt = ({ digest, actual, problem }: CorruptBlob): void => {
    progress.stop();
    logger.warn(
      `${digest} ${actual === undefined ? `can't be read: ${problem}` : `has the content of ${actual}`}`,
    );
  };
  const onProgress = (done: number, total: number): void =>
    progress.update({ stage: 'verified', done, total, unit: 'bytes' });
  try {
    return await verifyBlobs(facts, {
      concurrency: options.concurrency,
      bytesPerSecond: options.bwlimit,
      known,
      log,
      signal,
      onProgress,
      onCorrupt,
    });
  } catch (error) {
    log.flush();
    throw error;
  } finally {
    progress.stop();
  }
}
async function openLog(
  context: Context,
  { tree, blobs }: Facts,
): Promise<{ known: KnownBlobs; log: VerifyLog }> {
  const { options, log: logger, startedAtMs } = context;
  const onFailure = (why: unknown): void =>
    logger.note(
      `progress can't be saved, so an interrupted verification starts over: ${(why as Error).message}`,
    );
  const place = (): string => pathIn(stateToWrite(tree, options));
  const state = existingState(tree, options);
  const before =
    state === undefined ? undefined : await readVerifyLog(pathIn(state), tree, blobs, startedAtMs);
  if (before?.startedAt === undefined) {
    const startedAt = new Date(startedAtMs).toISOString();
    const log = new VerifyLog(place, tree, startedAt, false, onFailure);
    return { known: new KnownBlobs(blobs.count), log };
  }
  const { known, startedAt } = before;
  const number = known.count.toLocaleString('en-US');
  logger.note(`continues the verification of ${startedAt}: ${number} blobs are already verified`);
  return { known, log: new VerifyLog(place, tree, startedAt, true, onFailure) };
}

function pathIn(state: SweepState | undefined): string {
  if (state !== undefined) return `${state.base}/verify.log`;
  throw new Error('there is no .regsweep folder and no --state-dir');
}

function noteFinding(findings: FindingLog, { digest, actual, problem }: CorruptBlob): void {
  findings.add({
    code: actual === undefined ? 'unreadable-blob' : 'corrupt-blob',
    path: blobDataPath(digest),
    digest,
    detail: actual === undefined ? problem! : `its content is ${actual}`,
  });
}

function rowsOf(facts: Facts, { corrupt }: VerifyResult): CorruptRow[] {
  const broken = brokenBy(facts);
  return corrupt.map(({ node, digest, bytes, actual, problem }) => ({
    digest,
    bytes,
    ...(actual === undefined ? {} : { actual }),
    ...(problem === undefined ? {} : { problem }),
    images: broken(node).map(({ repository, tag, digest: manifest }) => ({
      repository: jsonName(repository),
      ...(tag === undefined ? {} : { tag: jsonName(tag) }),
      digest: manifest,
    })),
  }));
}
