/** Whether the tree's entries can be renamed into the quarantine at all, seen before anything is moved. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { mountsWithin } from '../../storage/mounts/own-mounts.js';
import { fsPath, printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import { homeOf, namesOr } from './state.js';

/** @throws RegsweepError where nothing could be renamed from the tree into a folder beside it */
export function requireSameVolume({ rootDirectory, v2, device, filesystemId }: StorageTree): void {
  const stat = fs.statSync(fsPath(rootDirectory));
  if (stat.dev === device) return;
  const docker = `${rootDirectory === '/' ? '' : rootDirectory}/docker`;
  const isVolume =
    filesystemId.startsWith('btrfs:') &&
    !mountsWithin(rootDirectory).some((at) => docker.endsWith(`/${at}`));
  throw new RegsweepError(
    'failed',
    `${printable(v2)} lies on another ${isVolume ? 'btrfs subvolume' : 'filesystem'} than ${printable(rootDirectory)}, so nothing can be renamed into quarantine beside it`,
    {
      path: v2,
      remedy: isVolume
        ? `with the registry stopped: mv ${docker} ${docker}.volume && cp -a --reflink=always ${docker}.volume ${docker}    (no copy of the data; then: btrfs subvolume delete ${docker}.volume)`
        : `mount that filesystem at ${printable(rootDirectory)} itself, so that docker is a folder in it`,
    },
  );
}

/** More folders of the tree than these are not asked about. */
const ASKED = 500;

/**
 * A folder whose project id is inherited takes nothing with another id: the kernel says EXDEV.
 * @throws RegsweepError where the quarantine is such a folder and something of the tree has another
 */
export function requireSameProject(tree: StorageTree): void {
  const home = homeOf(tree);
  if (!/^(?:ext4|xfs):/.test(tree.filesystemId)) return;
  const [own] = projectsOf([home]);
  if (own === undefined || !own.isInherited) return;
  const tops = ['', '/blobs', '/repositories'].map((name) => `${tree.v2}${name}`);
  const below = tops.slice(1).flatMap((top) => namesOr(top).map((name) => `${top}/${name}`));
  const other = projectsOf([...tops, ...below].slice(0, ASKED)).find(({ id }) => id !== own.id);
  if (other === undefined) return;
  throw new RegsweepError(
    'failed',
    `${printable(other.path)} has the project id ${other.id} (project quota) and ${printable(home)} ` +
      `hands ${own.id} down: the kernel refuses to move one into the other`,
    { path: other.path, remedy: `chattr -P ${printable(home)} ${printable(home)}/runs` },
  );
}

interface Project {
  readonly path: string;
  readonly id: string;
  readonly isInherited: boolean;
}

/** None where lsattr is missing, or tells none. */
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
