/**
 * Recognises items in a trash by their paths: without a usable journal, and within a repository.
 */
import type { ActionKind } from '../../graph/action-kinds.js';
import { BLOBS, LINK, REPOSITORIES } from '../../storage/layout.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import type { SweepState } from '../state/state.js';
import { openTrash } from './open-run.js';
import type { ItemRecord } from './records.js';

const SHAPES: readonly (readonly [RegExp, ActionKind])[] = [
  [/^blobs\/([^/]+)\/[^/]+\/([^/]+)$/, 'blob'],
  [/\/_manifests\/revisions\/([^/]+)\/([^/]+)$/, 'revision'],
  [/\/_layers\/([^/]+)\/([^/]+)$/, 'layer-link'],
  [/\/_manifests\/tags\/[^/]+\/index\/([^/]+)\/([^/]+)$/, 'tag-history'],
  [/\/_uploads\/[^/]+$/, 'upload'],
];
const TAG = /\/_manifests\/tags\/([^/]+)$/;

/** @param at a path in the trash; only the item there and those below it; '' for all */
export function* salvageItems(state: SweepState, runId: string, at = ''): Generator<ItemRecord> {
  const trash = openTrash(state, runId);
  let n = 0;
  try {
    const items = at === '' ? itemsIn(trash, '') : itemsAt(trash, folderOf(at));
    for (const item of items) yield { ...item, n: n++ };
  } finally {
    trash.close();
  }
}

/** The folder of a link file, which is the item. */
const folderOf = (path: string): string =>
  path.endsWith(`/${LINK}`) ? path.slice(0, -LINK.length - 1) : path;

function* itemsIn(trash: StorageWriter, folder: string): Generator<ItemRecord> {
  for (const name of [...(trash.names(folder) ?? [])].sort()) {
    if (folder === '' && name !== BLOBS && name !== REPOSITORIES) continue;
    yield* itemsAt(trash, folder === '' ? name : `${folder}/${name}`);
  }
}

function* itemsAt(trash: StorageWriter, path: string): Generator<ItemRecord> {
  const stat = trash.lstat(path);
  if (stat === undefined) return;
  const known = shapeOf(trash, path);
  if (known === undefined && stat.isDirectory()) yield* itemsIn(trash, path);
  else {
    const { dev, ino, size: bytes, blocks } = stat;
    const kind = path.startsWith('blobs/') ? 'blob' : 'repository';
    const where = { t: 'item', n: 0, path, dev, ino, bytes, disk: blocks * 512 } as const;
    yield { ...where, kind, ...repositoryOf(path), ...known };
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
  // If only entries of its history were moved, the tag itself is still in the tree.
  if (tag === undefined || trash.lstat(`${path}/current`) === undefined) return undefined;
  return { kind: 'tag', tag };
}

function repositoryOf(path: string): { repository?: string } {
  const name = /^repositories\/(.+?)\/_(?:manifests|layers|uploads)(?:\/|$)/.exec(path)?.[1];
  return name === undefined ? {} : { repository: name };
}
