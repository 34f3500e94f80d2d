/** Restores files that were put aside by a run whose journal is lost, or is in another state folder. */
import type { Clearance } from '../../guard/model/types.js';
import { asideSuffixIn, BLOBS, REPOSITORIES } from '../../storage/layout.js';
import type { StorageTree } from '../../storage/port.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { messageOf, RegsweepError } from '../../util/errors.js';
import { parentOf } from '../../util/paths.js';
import { checkClearance } from '../execute.js';
import { isFatal, moveErrorReason } from '../items/move.js';
import { openTreeForWriting } from '../journal/open-run.js';
import { BATCH_SIZE } from '../model/batch-size.js';
import type { Conflict } from '../model/types.js';
import type { AuditLog } from '../state/audit.js';
import { endIfStopped } from '../stop-on-signal.js';
import { fileBack } from './take-back.js';

export interface TakenBackByName {
  /** Number of files. */
  readonly restored: number;
  readonly conflicts: readonly Conflict[];
  /** What ended it early. */
  readonly error?: RegsweepError;
}

interface Input {
  readonly tree: StorageTree;
  readonly clearance: Clearance;
  readonly audit?: AuditLog;
  readonly signal?: AbortSignal;
}

/**
 * Walks the complete tree: blobs first, then in each repository layer links before manifests, and
 * these before tags. Replaces nothing, and can be repeated.
 */
export async function takeBackByName(input: Input): Promise<TakenBackByName> {
  checkClearance(input.clearance, input.tree);
  const tree = openTreeForWriting(input.tree);
  const done = { restored: 0, conflicts: [] as Conflict[] };
  try {
    await takeBack(input, tree, done);
    return done;
  } catch (error) {
    if (error instanceof RegsweepError) return { ...done, error };
    return { ...done, error: new RegsweepError('failed', messageOf(error), { cause: error }) };
  } finally {
    tree.close();
  }
}

async function takeBack(
  { audit, clearance, signal }: Input,
  tree: StorageWriter,
  done: { restored: number; conflicts: Conflict[] },
): Promise<void> {
  let found = 0;
  for (const { path, suffix } of asidesIn(tree, done.conflicts)) {
    if (found % BATCH_SIZE === 0) {
      await endIfStopped(signal);
      await clearance.renew();
    }
    found += 1;
    const kept = tryBack(tree, path, suffix);
    done.conflicts.push(...kept);
    if (kept.length > 0) continue;
    done.restored += 1;
    audit?.append({ event: 'restored', path: path.slice(0, -suffix.length) });
  }
  if (done.restored > 0) await clearance.renew();
}

function tryBack(tree: StorageWriter, path: string, suffix: string): Conflict[] {
  try {
    const kept = fileBack(tree, path, suffix);
    tree.syncFolder(parentOf(path));
    return kept;
  } catch (error) {
    if (isFatal(error)) throw error;
    return [{ path, reason: moveErrorReason(error) }];
  }
}

interface Aside {
  readonly path: string;
  readonly suffix: string;
}

/** @param conflicts receives folders that can't be entered */
function* asidesIn(tree: StorageWriter, conflicts: Conflict[]): Generator<Aside> {
  for (const folder of [BLOBS, REPOSITORIES]) yield* asidesBelow(tree, folder, conflicts);
}

function* asidesBelow(
  tree: StorageWriter,
  folder: string,
  conflicts: Conflict[],
): Generator<Aside> {
  for (const name of namesOr(tree, folder, conflicts)) {
    const path = `${folder}/${name}`;
    const suffix = asideSuffixIn(name);
    if (tree.lstat(path)?.isDirectory() === true) yield* asidesBelow(tree, path, conflicts);
    else if (suffix !== undefined) yield { path, suffix };
  }
}

function namesOr(tree: StorageWriter, folder: string, conflicts: Conflict[]): string[] {
  try {
    return [...(tree.names(folder) ?? [])].sort();
  } catch (error) {
    // Nothing on another mount was put aside.
    const reason = moveErrorReason(error);
    if (!reason.includes('another filesystem')) conflicts.push({ path: folder, reason });
    return [];
  }
}
