/** Quarantined repositories. An item may be a folder that contains several. */
import { cachedPathOf } from '../../caches/index.js';
import { isRepositoryPart, repositoryPath } from '../../storage/layout.js';
import type { StorageReader } from '../../storage/port.js';
import { type SweepState, trashItemsOf, trashReader } from '../../sweep/index.js';

export function repositoriesInTrash(state: SweepState, runs: readonly string[]): string[] {
  const names = new Set<string>();
  for (const id of runs) {
    const reader = trashReader(state, id);
    for (const item of trashItemsOf(state, id)) {
      const place = cachedPathOf(item);
      if (place === undefined) continue;
      names.add(place.name);
      if (place.isFolder) for (const name of repositoriesWithin(reader, item.path)) names.add(name);
    }
  }
  return [...names];
}

/** @param path of a folder, relative to the tree */
function* repositoriesWithin(reader: StorageReader, path: string): Generator<string> {
  const paths = [path];
  for (let at = paths.pop(); at !== undefined; at = paths.pop()) {
    const entries = reader.list(at) ?? [];
    const isFolder = (name: string): boolean => reader.lstat(`${at}/${name}`)?.type === 'directory';
    const folders = entries.filter(({ name, type }) =>
      type === 'unknown' ? isFolder(name) : type === 'directory',
    );
    if (folders.some(({ name }) => isRepositoryPart(name))) {
      yield at.slice(repositoryPath('').length + 1);
    }
    for (const { name } of folders) if (!isRepositoryPart(name)) paths.push(`${at}/${name}`);
  }
}
