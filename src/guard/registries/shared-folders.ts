/** Lists the folders of a registry's tree as its process sees them, with the targets of links. */
import fs, { type Dirent } from 'node:fs';
import { BLOBS, REPOSITORIES, V2 } from '../../storage/layout.js';
import { fsPath, nameFromBytes } from '../../storage/names.js';
import { errnoOf } from '../../util/errors.js';
import { type OwnPaths, resolveWithin } from '../host/resolve-in-root.js';

export interface RegistryFolders {
  /** Real paths of v2, blobs and repositories, and of the targets of links in the upper levels. */
  readonly paths: readonly string[];
  /** False if there were more folders and links than the limit. */
  readonly complete: boolean;
}

interface Folder {
  readonly path: string;
  /** Number of levels below it to list. */
  readonly levels: number;
}

/** Takes about a tenth of a second. The evidence may be at most a second old. */
const MOST_FOLDERS = 2000;
/** Repository names have at most 255 characters, so at most 128 parts. */
const NAME_LEVELS = 128;

/**
 * @param root our path to the process's root folder
 * @param rootDirectory absolute and without links, as the process sees it
 * @param most limit of folders and links
 * @throws system errors other than a missing entry
 */
export function registryFolders(
  root: string,
  rootDirectory: string,
  own: OwnPaths,
  most = MOST_FOLDERS,
): RegistryFolders {
  const paths = new Set<string>();
  const listed = new Map<string, number>();
  const queue: Folder[] = [];
  const enter = (path: string, levels: number): void => {
    const { path: real, exists } = resolveWithin(root, path, own);
    if (!exists || !isFolder(root + real)) return;
    paths.add(real);
    if (levels >= 0) queue.push({ path: real, levels });
  };
  const v2 = `${rootDirectory}/${V2}`;
  enter(v2, 0);
  enter(`${v2}/${BLOBS}`, 1);
  enter(`${v2}/${REPOSITORIES}`, NAME_LEVELS);
  for (let at = 0; at < queue.length; at++) {
    const { path, levels } = queue[at]!;
    if ((listed.get(path) ?? -1) >= levels) continue;
    if (listed.size + paths.size >= most) return { paths: [...paths], complete: false };
    listed.set(path, levels);
    for (const entry of entriesOf(root + path)) {
      const name = nameFromBytes(entry.name);
      if (entry.isSymbolicLink()) enter(`${path}/${name}`, levels - 1);
      else if (levels > 0 && entry.isDirectory() && !name.startsWith('_')) {
        queue.push({ path: `${path}/${name}`, levels: levels - 1 });
      }
    }
  }
  return { paths: [...paths], complete: true };
}

const isFolder = (path: string): boolean =>
  fs.lstatSync(fsPath(path), { throwIfNoEntry: false })?.isDirectory() === true;

function entriesOf(path: string): Dirent<Buffer>[] {
  try {
    return fs.readdirSync(fsPath(path), { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
