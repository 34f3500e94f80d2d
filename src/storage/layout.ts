/**
 * The only file that knows the layout of distribution's filesystem driver. All paths are
 * relative to `docker/registry/v2`.
 *
 *   blobs/<alg>/<hex[0:2]>/<hex>/data
 *   repositories/<name>/
 *     _manifests/revisions/<alg>/<hex>/link
 *     _manifests/tags/<tag>/current/link
 *     _manifests/tags/<tag>/index/<alg>/<hex>/link
 *     _layers/<alg>/<hex>/link
 *     _uploads/<uuid>/{data,startedat,hashstates/...}
 *
 * regsweep's state is beside `docker`, on the same filesystem:
 *
 *   <rootdirectory>/.regsweep/runs/<run-id>/{journal.jsonl,trash/<same relative path>}
 *   <rootdirectory>/.regsweep/audit.jsonl
 */
import { algorithmOf, type Digest, hexOf } from './digest.js';

export const V2 = 'docker/registry/v2';
export const BLOBS = 'blobs';
export const REPOSITORIES = 'repositories';
export const STATE_DIRECTORY = '.regsweep';

export const MANIFESTS = '_manifests';
export const LAYERS = '_layers';
export const UPLOADS = '_uploads';
export const LINK = 'link';
export const DATA = 'data';

/** The suffix of the name of a file that a run of `sweep --delete` has renamed in its own folder. */
export const asideSuffix = (runId: string): string => `.regsweep-${runId.slice(-6)}`;

/** The suffix in a name, whichever run it is of; undefined in other names. */
export const asideSuffixIn = (name: string): string | undefined =>
  /\.regsweep-[0-9a-f]{6}$/.exec(name)?.[0];

export const blobPrefixPath = (algorithm: string, prefix: string): string =>
  `${BLOBS}/${algorithm}/${prefix}`;

export const blobPath = (digest: Digest): string =>
  `${BLOBS}/${algorithmOf(digest)}/${hexOf(digest).slice(0, 2)}/${hexOf(digest)}`;

export const blobDataPath = (digest: Digest): string => `${blobPath(digest)}/${DATA}`;

export const repositoryPath = (name: string): string =>
  name === '' ? REPOSITORIES : `${REPOSITORIES}/${name}`;

export const manifestsPath = (name: string): string => `${repositoryPath(name)}/${MANIFESTS}`;
export const revisionsPath = (name: string): string => `${manifestsPath(name)}/revisions`;
export const tagsPath = (name: string): string => `${manifestsPath(name)}/tags`;
export const layersPath = (name: string): string => `${repositoryPath(name)}/${LAYERS}`;
export const uploadsPath = (name: string): string => `${repositoryPath(name)}/${UPLOADS}`;

export const revisionPath = (name: string, digest: Digest): string =>
  `${revisionsPath(name)}/${algorithmOf(digest)}/${hexOf(digest)}`;

export const tagPath = (name: string, tag: string): string => `${tagsPath(name)}/${tag}`;
export const tagCurrentPath = (name: string, tag: string): string =>
  `${tagPath(name, tag)}/current`;
export const tagIndexPath = (name: string, tag: string): string => `${tagPath(name, tag)}/index`;

export const tagHistoryPath = (name: string, tag: string, digest: Digest): string =>
  `${tagIndexPath(name, tag)}/${algorithmOf(digest)}/${hexOf(digest)}`;

export const layerPath = (name: string, digest: Digest): string =>
  `${layersPath(name)}/${algorithmOf(digest)}/${hexOf(digest)}`;

export const uploadPath = (name: string, id: string): string => `${uploadsPath(name)}/${id}`;

export const linkOf = (folder: string): string => `${folder}/${LINK}`;

/** @returns whether a folder belongs to the registry's layout; all others are namespaces */
export function isRepositoryPart(name: string): boolean {
  return name === MANIFESTS || name === LAYERS || name === UPLOADS;
}
