/**
 * Finds the folder where this package is installed, for sources, compiled modules and `dist/start`.
 */
import { existsSync } from 'node:fs';

let root: URL | undefined;

/** @returns the folder that contains the package's package.json, as a URL that ends with a slash */
export function packageRoot(): URL {
  root ??= findUp(new URL('./', import.meta.url));
  return root;
}

function findUp(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder;
  const parent = new URL('../', folder);
  if (parent.href === folder.href) throw new Error(`no package.json above ${import.meta.url}`);
  return findUp(parent);
}
