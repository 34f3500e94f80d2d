/**
 * Part of the tree lies behind a symbolic link, on a mount or in another volume, where nothing is
 * ever removed. The commands bring such a tree into a layout that can be swept: what is large stays on
 * its disk, and the link files, which are small, go there or come back.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Finding } from '../../facts/findings.js';
import type { Facts } from '../../facts/types.js';
import { BLOBS, V2 } from '../../storage/layout.js';
import { ownMounts } from '../../storage/mounts/own-mounts.js';
import { hasRawBytes, printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { shellWord } from '../../util/shell-quote.js';

/**
 * Gives the findings about such parts the commands; the registry has to be stopped for them. Each line
 * depends on the one before: pasted together, none runs after a failure.
 */
export function addLayoutCommands({ findings, tree }: Facts): void {
  for (const code of ['symlinked', 'other-filesystem'] as const) {
    findings.amend(code, (finding) => {
      const lines = commandsFor(tree, finding);
      return lines === undefined ? finding : { ...finding, command: lines.join(' &&\n') };
    });
  }
}

/** @returns undefined where regsweep knows no way, or the system doesn't tell enough */
function commandsFor(tree: StorageTree, { code, path }: Finding): string[] | undefined {
  const at = `${tree.v2}/${path}`;
  if (hasRawBytes(at) || at !== printable(at)) return undefined;
  try {
    if (!fs.statSync(at).isDirectory()) return undefined;
    const isBlobs = path === BLOBS || /^blobs\/[^/]+$/.test(path);
    if (!isBlobs && path.startsWith(`${BLOBS}/`)) return undefined;
    if (code === 'symlinked') return behindLink(tree, at, isBlobs);
    return isMountPoint(at) ? onMount(tree, at, isBlobs) : inVolume(tree, at);
  } catch {
    return undefined;
  }
}

function behindLink(tree: StorageTree, at: string, isBlobs: boolean): string[] | undefined {
  const target = fs.realpathSync(at);
  if (`${target}/`.startsWith(`${tree.v2}/`) || target !== printable(target)) return undefined;
  const [link, there] = [shellWord(at), shellWord(target)];
  const { dev } = fs.statSync(target);
  if (dev === tree.device) return [`rm ${link} && mv ${there} ${link}`];
  if (!isBlobs) {
    const moved = aside(tree);
    return [`cp -a ${there} ${moved} && rm ${link} && mv ${moved} ${link}`];
  }
  // The folder of a disk's mount can't be renamed.
  if (isMountPoint(target)) return undefined;
  return toNewRoot(tree, at, `mv ${there}`, `rm ${link}`, free(`${dirname(target)}/registry`));
}

/** @param move and @param clear of the part: what brings it there, and what removes its old place */
function toNewRoot(
  tree: StorageTree,
  at: string,
  move: string,
  clear: string,
  newRoot: string,
): string[] {
  const place = `${newRoot}${at.slice(tree.rootDirectory.length)}`;
  return [
    `mkdir -p ${shellWord(dirname(place))} && ${move} ${shellWord(place)} && ${clear}`,
    ...restTo(tree, newRoot),
  ];
}

/** Everything that is still in the old root, which leads to the new one then. */
function restTo({ rootDirectory }: StorageTree, newRoot: string): string[] {
  const [from, to] = [`${rootDirectory}/${V2}/.`, `${newRoot}/${V2}/`].map(shellWord);
  const [old, kept] = [`${rootDirectory}/docker`, `${rootDirectory}/docker.before`].map(shellWord);
  return [
    `cp -a ${from} ${to}`,
    `mv ${old} ${kept} && ln -s ${shellWord(`${newRoot}/docker`)} ${old}`,
    `regsweep analyze ${shellWord(newRoot)}`,
  ];
}

/** A disk of its own: it is mounted elsewhere, and the tree moves into it. */
function onMount(tree: StorageTree, at: string, isBlobs: boolean): string[] | undefined {
  const place = shellWord(at);
  if (!isBlobs) {
    const moved = aside(tree);
    return [`cp -a ${place} ${moved} && umount ${place} && rmdir ${place} && mv ${moved} ${place}`];
  }
  const disk = free(`${dirname(tree.rootDirectory)}/registry-disk`);
  const below = `${disk}${at.slice(tree.rootDirectory.length)}`;
  const [there, inside] = [shellWord(disk), shellWord(below)];
  const names = fs.readdirSync(at).filter((name) => name !== 'lost+found');
  if (names.length === 0 || names.some((name) => name !== printable(name))) return undefined;
  const all = names.map((name) => shellWord(`${disk}/${name}`)).join(' ');
  return [
    `mkdir ${there} && mount --bind ${place} ${there} && umount ${place} && rmdir ${place}`,
    `mkdir -p ${inside} && mv ${all} ${inside}/`,
    ...restTo(tree, disk),
  ];
}

/** A btrfs subvolume: its extents are shared, nothing is copied. */
function inVolume(tree: StorageTree, at: string): string[] | undefined {
  if (!tree.filesystemId.startsWith('btrfs:')) return undefined;
  const [place, moved] = [shellWord(at), aside(tree)];
  return [
    `cp -a --reflink=always ${place} ${moved} && mv ${place} ${moved}.volume && mv ${moved} ${place}`,
    `btrfs subvolume delete ${moved}.volume`,
  ];
}

/** A free name beside the storage, on its filesystem. */
const aside = ({ rootDirectory }: StorageTree): string => shellWord(free(`${rootDirectory}/moved`));

function free(path: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? path : `${path}-${n}`;
    if (fs.lstatSync(name, { throwIfNoEntry: false }) === undefined) return name;
  }
}

const isMountPoint = (path: string): boolean =>
  ownMounts().some(({ mountPoint }) => mountPoint === path);
