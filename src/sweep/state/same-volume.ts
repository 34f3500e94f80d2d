/** Checks, before anything is moved, that the tree's entries can be renamed into the quarantine. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { mountsWithin } from '../../storage/mounts/own-mounts.js';
import { fsPath, printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import { shellWord } from '../../util/shell-quote.js';
import { homeOf, namesOr } from './state.js';

/**
 * @throws RegsweepError `failed` if nothing can be renamed from the tree to the folder beside it
 */
export function requireSameVolume({ rootDirectory, v2, device, filesystemId }: StorageTree): void {
  const stat = fs.statSync(fsPath(rootDirectory));
  if (stat.dev === device) return;
  const docker = `${rootDirectory === '/' ? '' : rootDirectory}/docker`;
  const isVolume =
    filesystemId.startsWith('btrfs:') &&
    !mountsWithin(rootDirectory).some((at) => docker.endsWith(`/${at}`));
  const [folder, volume] = [shellWord(docker), shellWord(`${docker}.volume`)];
  throw new RegsweepError(
    'failed',
    `${printable(v2)} is on another ${isVolume ? 'btrfs subvolume' : 'filesystem'} than ` +
      `${printable(rootDirectory)}, so nothing can be renamed into the quarantine beside it`,
    {
      path: v2,
      remedy: isVolume
        ? 'stop the registry and make the subvolume a folder, which copies no data:\n' +
          // Chained, so that no failed copy is followed by the deletion of the original.
          `mv ${folder} ${volume} && cp -a --reflink=always ${volume} ${folder} &&\n` +
          `btrfs subvolume delete ${volume}`
        : `mount that filesystem at ${printable(rootDirectory)}, so that docker is a folder in it`,
    },
  );
}

/** Maximum number of folders to check. */
const MOST_FOLDERS = 500;

/**
 * The kernel refuses, with EXDEV, to move an entry into a folder that passes on another project id.
 * @throws RegsweepError `failed` if the quarantine is such a folder for a part of the tree
 */
export function requireSameProject(tree: StorageTree): void {
  const home = homeOf(tree);
  if (!/^(?:ext4|xfs):/.test(tree.filesystemId)) return;
  const [own] = projectsOf([home]);
  if (own === undefined || !own.isInherited) return;
  const tops = ['', '/blobs', '/repositories'].map((name) => `${tree.v2}${name}`);
  const below = tops.slice(1).flatMap((top) => namesOr(top).map((name) => `${top}/${name}`));
  const folders = [...tops, ...below].slice(0, MOST_FOLDERS);
  const other = projectsOf(folders).find(({ id }) => id !== own.id);
  if (other === undefined) return;
  throw new RegsweepError(
    'failed',
    `${printable(other.path)} has the project id ${other.id} (project quota), but ` +
      `${printable(home)} passes on ${own.id}: the kernel refuses to move entries into it`,
    { path: other.path, remedy: `chattr -P ${printable(home)} ${printable(home)}/runs` },
  );
}

interface Project {
  readonly path: string;
  readonly id: string;
  readonly isInherited: boolean;
}

/** @returns nothing if lsattr is missing, or the filesystem has no project ids */
function projectsOf(paths: readonly string[]): Project[] {
  const { stdout } = spawnSync('lsattr', ['-p', '-d', ...paths], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, id, flags, path] = /^\s*(\d+) (\S+) (.*)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, id: id!, isInherited: flags!.includes('P') }];
  });
}
