/**
 * Restores a run whose journal can't be used, by what lies in its trash: that has the layout of
 * the tree, and its folders have the owner and mode of the tree's. Each item is in one place or
 * the other throughout, so a salvage that was cut short is simply done again. The journal, and
 * what is left of the trash, stay as they are.
 */
import { RegsweepError } from '../errors.js';
import { ACTION_KINDS, type ActionKind } from '../plan/types.js';
import type { FolderMeta, StorageWriter } from '../storage/writer.js';
import { BATCH_SIZE } from './batches.js';
import { checkClearance } from './execute.js';
import { ancestorsOf } from './paths.js';
import { planPutBack, putBack, type Sides } from './put-back.js';
import { countKinds, type ItemRecord } from './records.js';
import type { RestoreInput, RestoreResult } from './restore.js';
import { openTrash, openTree } from './run-store.js';
import type { SweepState } from './state.js';
import { turn } from './turn.js';
import { CappedList, type Conflict, type KindCounts } from './types.js';

const SHAPES: readonly (readonly [RegExp, ActionKind])[] = [
  [/^blobs\/([^/]+)\/[^/]+\/([^/]+)$/, 'blob'],
  [/\/_manifests\/revisions\/([^/]+)\/([^/]+)$/, 'revision'],
  [/\/_layers\/([^/]+)\/([^/]+)$/, 'layer-link'],
  [/\/_manifests\/tags\/[^/]+\/index\/([^/]+)\/([^/]+)$/, 'tag-history'],
  [/\/_uploads\/[^/]+$/, 'upload'],
];
const TAG = /\/_manifests\/tags\/([^/]+)$/;

/** What lies in the trash of a run, recognised by its path. */
export function* salvageItems(state: SweepState, runId: string): Generator<ItemRecord> {
  const trash = openTrash(state, runId);
  let n = 0;
  try {
    for (const item of itemsIn(trash, '')) yield { ...item, n: n++ };
  } finally {
    trash.close();
  }
}

function* itemsIn(trash: StorageWriter, folder: string): Generator<ItemRecord> {
  for (const name of [...(trash.names(folder) ?? [])].sort()) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const stat = trash.lstat(path);
    if (stat === undefined) continue;
    const known = shapeOf(trash, path);
    if (known === undefined && stat.isDirectory()) yield* itemsIn(trash, path);
    else {
      const { dev, ino, size: bytes, blocks } = stat;
      const kind = path.startsWith('blobs/') ? 'blob' : 'repository';
      const where = { t: 'item', n: 0, path, dev, ino, bytes, disk: blocks * 512 } as const;
      yield { ...where, kind, ...repositoryOf(path), ...known };
    }
  }
}

function shapeOf(
  trash: StorageWriter,
  path: string,
): Pick<ItemRecord, 'kind' | 'digest' | 'tag'> | undefined {
  for (const [shape, kind] of SHAPES) {
    const found = shape.exec(path);
    if (found === null) continue;
    return found[2] === undefined ? { kind } : { kind, digest: `${found[1]}:${found[2]}` };
  }
  const tag = TAG.exec(path)?.[1];
  // Where only entries of its history went, the folder of the tag is still in the tree.
  if (tag === undefined || trash.lstat(`${path}/current`) === undefined) return undefined;
  return { kind: 'tag', tag };
}

function repositoryOf(path: string): { repository?: string } {
  const name = /^repositories\/(.+?)\/_(?:manifests|layers|uploads)(?:\/|$)/.exec(path)?.[1];
  return name === undefined ? {} : { repository: name };
}

/**
 * As `restore`, for a run whose journal can't be used.
 * @returns what came back, also when it ended early
 */
export async function salvage(
  { tree, clearance, state, audit, signal }: Omit<RestoreInput, 'select'>,
  runId: string,
): Promise<RestoreResult> {
  checkClearance(clearance, tree);
  const items = [...salvageItems(state, runId)];
  const restored: KindCounts = {};
  const conflicts = new CappedList<Conflict & { readonly runId: string }>();
  const base = { restored, bytes: 0, diskBytes: 0, conflicts, missing: [], emptied: [] };
  const writer = openTree(tree);
  const trash = openTrash(state, runId);
  try {
    for (const batch of inOrder(items)) {
      await turn();
      if (signal?.aborted === true) return { ...base, state: 'interrupted' };
      await clearance.renew();
      writer.forget();
      trash.forget();
      const outcome = bringBack(writer, trash, batch);
      countKinds(restored, outcome.restored);
      for (const { bytes, disk } of outcome.restored) {
        base.bytes += bytes;
        base.diskBytes += disk;
      }
      for (const conflict of outcome.conflicts) conflicts.add({ runId, ...conflict });
      const lines = outcome.restored.map(({ kind, path }) => {
        return { event: 'restored', run: runId, kind, path };
      });
      if (lines.length > 0) audit?.append(...lines);
      if (outcome.fatal !== undefined) throw outcome.fatal;
    }
  } catch (error) {
    const told =
      error instanceof RegsweepError
        ? error
        : new RegsweepError('failed', (error as Error).message, { cause: error });
    return { ...base, state: 'partial', error: told };
  } finally {
    trash.close();
    writer.close();
  }
  return { ...base, state: conflicts.count === 0 ? 'done' : 'partial' };
}

/** What is referenced before what refers to it. */
function* inOrder(items: readonly ItemRecord[]): Generator<ItemRecord[]> {
  for (const kind of [...ACTION_KINDS].reverse()) {
    const ofKind = items.filter((item) => item.kind === kind);
    for (let at = 0; at < ofKind.length; at += BATCH_SIZE) yield ofKind.slice(at, at + BATCH_SIZE);
  }
}

function bringBack(tree: StorageWriter, trash: StorageWriter, items: readonly ItemRecord[]) {
  const parents = new Map<string, FolderMeta>();
  for (const folder of new Set(items.flatMap(({ path }) => ancestorsOf(path)))) {
    const meta = trash.meta(folder);
    if (meta !== undefined) parents.set(folder, meta);
  }
  const sides: Sides = { tree, trash, parents, journal: { tryCommit: () => undefined } };
  const { record } = planPutBack(sides, items, new Map());
  return putBack(sides, { items, record: { ...record, times: [] } });
}
