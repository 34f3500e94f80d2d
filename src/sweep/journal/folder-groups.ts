/**
 * The short form of the folders above items in a journal. One `parents` record lists folders with
 * the same owner and mode:
 *
 *   {"t":"parents","mode":493,"uid":0,"gid":0,
 *    "of":["repositories/team",["app",<atime>,<mtime>],["web",<atime>,<mtime>],"blobs/sha256",…]}
 *
 * A text in `of` is the folder above the folders after it. The times are in ns.
 */
import { isSafePath } from '../../plan/file/action-paths.js';
import type { ParentRecord, ParentsRecord } from './records.js';

export function groupFolders(folders: readonly ParentRecord[]): ParentsRecord[] {
  const groups = new Map<string, { group: ParentsRecord; above: string }>();
  for (const { path, mode, uid, gid, atimeNs, mtimeNs } of folders) {
    const key = `${mode} ${uid} ${gid}`;
    const at = groups.get(key) ?? { group: { t: 'parents', mode, uid, gid, of: [] }, above: '' };
    const slash = path.lastIndexOf('/');
    const above = path.slice(0, Math.max(slash, 0));
    if (above !== at.above) at.group.of.push(above);
    at.group.of.push([path.slice(slash + 1), atimeNs, mtimeNs]);
    groups.set(key, { ...at, above });
  }
  return [...groups.values()].map(({ group }) => group);
}

/** @returns the folders of a group; undefined if regsweep would not have written it */
export function foldersOf({ of, mode, uid, gid }: ParentsRecord): ParentRecord[] | undefined {
  const folders: ParentRecord[] = [];
  let above = '';
  for (const entry of of) {
    if (typeof entry === 'string') {
      above = entry;
      continue;
    }
    const [name, atimeNs, mtimeNs] = entry;
    const path = above === '' ? name : `${above}/${name}`;
    if (!isSafePath(path)) return undefined;
    folders.push({ t: 'parent', path, mode, uid, gid, atimeNs, mtimeNs });
  }
  return folders;
}
