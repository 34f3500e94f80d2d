/** Chooses random content that a registry on this tree must have: linked blobs and manifests. */
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import { type Digest, makeDigest } from '../../storage/digest.js';
import {
  blobDataPath,
  isRepositoryPart,
  LAYERS,
  layerPath,
  layersPath,
  linkOf,
  MANIFESTS,
  repositoryPath,
  revisionPath,
  revisionsPath,
} from '../../storage/layout.js';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { attempt, isSeen } from '../host/procfs.js';

export interface ContentSample {
  readonly repository: string;
  readonly kind: 'layer' | 'manifest';
  readonly digest: Digest;
}

export interface Samples {
  /** Each is linked, and its blob exists. */
  readonly items: readonly ContentSample[];
  /** Repositories that this tree's catalog lists. */
  readonly repositories: readonly string[];
}

const REPOSITORIES_ASKED = 6;
const OF_EACH_KIND = 2;
/** Limit of random walks, since a walk may end without a repository. */
const TRIES = 24;
const NAME_LEVELS = 128;
/** Names that the registry accepts. It can't be asked for others. */
const NAME_PART = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const NAME_LENGTH = 255;
/** Not every registry serves content by other algorithms. */
const ALGORITHM = 'sha256';

/** Chooses other content at each call. Leaves out what can't be read. */
export function sampleTree(tree: StorageTree): Samples {
  const found = new Set<string>();
  for (let i = 0; i < TRIES && found.size < REPOSITORIES_ASKED; i++) {
    const name = randomRepository(tree);
    if (name !== undefined && name.length <= NAME_LENGTH) found.add(name);
  }
  const repositories = [...found];
  return {
    items: repositories.flatMap((name) => itemsOf(tree, name)),
    repositories: repositories.filter((name) =>
      namesIn(`${tree.v2}/${repositoryPath(name)}`).includes(LAYERS),
    ),
  };
}

/** Whether the item still exists. A registry rightly lacks content that was removed meanwhile. */
export const isStillLinked = (
  tree: StorageTree,
  { repository, kind, digest }: ContentSample,
): boolean => isLinked(tree, repository, kind, digest);

/** Walks down from `repositories`, with a random folder at each level. */
function randomRepository(tree: StorageTree): string | undefined {
  let name = '';
  let found: string | undefined;
  for (let level = 0; level < NAME_LEVELS; level++) {
    const parts = namesIn(`${tree.v2}/${repositoryPath(name)}`);
    if (name !== '' && (parts.includes(LAYERS) || parts.includes(MANIFESTS))) found = name;
    const below = parts.filter((part) => NAME_PART.test(part) && !isRepositoryPart(part));
    if (below.length === 0 || (found === name && randomInt(2) === 0)) return found;
    const next = below[randomInt(below.length)]!;
    name = name === '' ? next : `${name}/${next}`;
  }
  return found;
}

function itemsOf(tree: StorageTree, repository: string): ContentSample[] {
  const kinds = [
    { kind: 'layer', folder: layersPath(repository) },
    { kind: 'manifest', folder: revisionsPath(repository) },
  ] as const;
  return kinds.flatMap(({ kind, folder }) =>
    shuffled(digestsIn(`${tree.v2}/${folder}`))
      .slice(0, TRIES)
      .filter((digest) => isLinked(tree, repository, kind, digest))
      .slice(0, OF_EACH_KIND)
      .map((digest) => ({ repository, kind, digest })),
  );
}

const digestsIn = (folder: string): Digest[] =>
  namesIn(`${folder}/${ALGORITHM}`).flatMap((hex) => makeDigest(ALGORITHM, hex) ?? []);

function isLinked(
  tree: StorageTree,
  repository: string,
  kind: ContentSample['kind'],
  digest: Digest,
): boolean {
  const folder =
    kind === 'layer' ? layerPath(repository, digest) : revisionPath(repository, digest);
  const link = attempt(() => fs.readFileSync(fsPath(`${tree.v2}/${linkOf(folder)}`), 'latin1'));
  if (link !== digest) return false;
  const data = attempt(() => fs.statSync(fsPath(`${tree.v2}/${blobDataPath(digest)}`)));
  return isSeen(data) && data.isFile();
}

function namesIn(folder: string): string[] {
  const names = attempt(() => fs.readdirSync(fsPath(folder)));
  return isSeen(names) ? names : [];
}

function shuffled<T>(list: readonly T[]): T[] {
  const copy = [...list];
  for (let i = 0; i < Math.min(copy.length - 1, TRIES); i++) {
    const other = i + randomInt(copy.length - i);
    [copy[i], copy[other]] = [copy[other]!, copy[i]!];
  }
  return copy;
}
