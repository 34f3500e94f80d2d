/**
 * Finds configured mounts in the tree that are missing now. Their repositories would look empty.
 */
import fs from 'node:fs';
import { below, parseMountinfo } from '../../storage/mounts/mountinfo.js';
import type { StorageTree } from '../../storage/port.js';
import { MISSING_OR_NO_FOLDER, orMissing } from '../../util/errors.js';

const UNIT_FOLDERS = [
  'etc/systemd/system',
  'run/systemd/system',
  'run/systemd/generator',
  'usr/lib/systemd/system',
  'lib/systemd/system',
];

export interface FstabSources {
  /** `/proc/self/mountinfo` */
  readonly mountinfo?: string;
  /** Folder used as `/`. */
  readonly hostRoot?: string;
}

/**
 * @returns paths at or below the rootdirectory that fstab or a systemd mount unit names and that
 *   aren't mounted now, sorted. With any of them a plan that deletes must be refused.
 * @throws system errors other than a missing file
 */
export function unmountedPaths(tree: StorageTree, sources: FstabSources = {}): string[] {
  const hostRoot = sources.hostRoot ?? '';
  const mountinfo = fs.readFileSync(sources.mountinfo ?? '/proc/self/mountinfo', 'utf8');
  const mounted = new Set(parseMountinfo(mountinfo).map((mount) => mount.mountPoint));
  const wanted = [...fromFstab(hostRoot), ...UNIT_FOLDERS.flatMap((f) => fromUnits(hostRoot, f))];
  const resolved = wanted.map(realOrSame).filter((path) => concerns(tree, path));
  return [...new Set(resolved)].filter((path) => !mounted.has(path)).sort();
}

const concerns = (tree: StorageTree, path: string): boolean =>
  below(tree.rootDirectory, path) !== undefined;

function fromFstab(hostRoot: string): string[] {
  const text =
    orMissing(() => fs.readFileSync(`${hostRoot}/etc/fstab`, 'utf8'), MISSING_OR_NO_FOLDER) ?? '';
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .map((line) => line.trim().split(/\s+/)[1] ?? '')
    .map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      ),
    )
    .filter((path) => path.startsWith('/'));
}

function fromUnits(hostRoot: string, folder: string): string[] {
  const names =
    orMissing(() => fs.readdirSync(`${hostRoot}/${folder}`), MISSING_OR_NO_FOLDER) ?? [];
  return names
    .filter((name) => name.endsWith('.mount'))
    .flatMap((name) => {
      const text =
        orMissing(
          () => fs.readFileSync(`${hostRoot}/${folder}/${name}`, 'utf8'),
          MISSING_OR_NO_FOLDER,
        ) ?? '';
      return [...text.matchAll(/^\s*Where\s*=\s*(\/.*?)\s*$/gm)].map((match) => match[1]!);
    });
}

/** Resolves links, since configured paths may contain some. */
function realOrSame(path: string): string {
  const trimmed = path.replace(/\/+$/, '') || '/';
  return orMissing(() => fs.realpathSync(trimmed), MISSING_OR_NO_FOLDER) ?? trimmed;
}
