/**
 * Splits a repository whose tags, revisions or layer links were moved earlier in the same run: the
 * trash already has a folder at its path. Each subtree that the trash doesn't have is moved by one
 * rename. Each folder that it has is removed after its contents.
 */
import type { PlannedItem } from '../../plan/types.js';
import type { EntrySnapshot } from '../../storage/entry-snapshot.js';
import { parentOf } from '../../util/paths.js';
import type { RunStore } from '../journal/open-run.js';

/** @returns the item itself if its path in the trash is free, else its parts, children first */
export function splitRepository(store: RunStore, item: PlannedItem): readonly PlannedItem[] {
  const { path, kind } = item.action;
  if (kind !== 'repository' || store.isInPlace || store.trash.lstat(path) === undefined)
    return [item];
  const parts: PlannedItem[] = [];
  for (const seen of item.seen) if (seen.name === '') addParts(store, item, seen, parts);
  return parts;
}

function addParts(
  store: RunStore,
  item: PlannedItem,
  seen: EntrySnapshot,
  parts: PlannedItem[],
): void {
  const path = join(item.action.path, seen.name);
  if (store.tree.lstat(path) === undefined) return;
  if (seen.type !== 'directory' || store.trash.lstat(path) === undefined) {
    parts.push({ ...item, action: { ...item.action, path }, seen: beneath(item, seen.name) });
    return;
  }
  for (const child of item.seen) {
    if (child.name !== '' && parentOf(child.name) === seen.name) {
      addParts(store, item, child, parts);
    }
  }
  const action = { ...item.action, kind: 'empty-directory', path } as const;
  parts.push({ action, seen: [{ ...seen, name: '' }] });
}

const join = (path: string, name: string): string => (name === '' ? path : `${path}/${name}`);

/** The snapshots of one entry and of those below it, with names relative to it. */
function beneath(item: PlannedItem, name: string): EntrySnapshot[] {
  const prefix = `${name}/`;
  return item.seen
    .filter((seen) => seen.name === name || seen.name.startsWith(prefix))
    .map((seen) => ({ ...seen, name: seen.name.slice(prefix.length) }));
}
