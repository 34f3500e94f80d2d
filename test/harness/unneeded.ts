/** Every file in a tree that nothing in it needs, by a few rules that share nothing with the product. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

const DIGEST = /sha(?:256|512):[0-9a-f]{64,128}/g;

/** @returns files below `docker/registry/v2`, sorted; uploads are left out */
export function unneeded(root: string): string[] {
  const v2 = join(root, 'docker/registry/v2');
  const files = (readdirSync(v2, { recursive: true, withFileTypes: true }) as Entry[])
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(v2.length + 1))
    .filter((path) => !path.includes('/_uploads/'));
  const needed = new Set<string>();
  for (const folder of new Set(files.map(repositoryOf).filter((one) => one !== undefined))) {
    const own = files.filter((path) => repositoryOf(path) === folder);
    const held = closure(v2, own.filter(isRevision).map(digestOf));
    for (const path of own) if (isRevision(path) || held.has(digestOf(path))) needed.add(path);
    for (const path of own.filter((one) => one.endsWith('/current/link'))) {
      if (held.has(readFileSync(join(v2, path), 'utf8'))) needed.add(path);
    }
    for (const digest of held) needed.add(dataPath(digest));
    for (const path of own.filter((one) => held.has(digestOf(one)))) {
      needed.add(dataPath(readFileSync(join(v2, path), 'utf8')));
    }
  }
  return files.filter((path) => !needed.has(path)).sort();
}

type Entry = { name: string; parentPath: string; isDirectory(): boolean };

const repositoryOf = (path: string): string | undefined =>
  /^repositories\/(.+?)\/_(?:manifests|layers)\//.exec(path)?.[1];

const isRevision = (path: string): boolean => /\/_manifests\/revisions\/.*\/link$/.test(path);

/** `…/<alg>/<hex>/link` */
function digestOf(path: string): string {
  const [hex, algorithm] = dirname(path).split(sep).reverse();
  return `${algorithm}:${hex}`;
}

function dataPath(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return join('blobs', algorithm, hex.slice(0, 2), hex, 'data');
}

/** All digests that these manifests and their children name. */
function closure(v2: string, manifests: readonly string[]): Set<string> {
  const found = new Set(manifests);
  for (const digest of found) {
    const path = join(v2, dataPath(digest));
    if (!existsSync(path) || readFileSync(path).subarray(0, 1).toString() !== '{') continue;
    for (const [named] of readFileSync(path, 'latin1').matchAll(DIGEST)) found.add(named);
  }
  return found;
}
