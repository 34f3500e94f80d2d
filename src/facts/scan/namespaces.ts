/** Finds repositories: folders with `_manifests`, `_layers` or `_uploads`, at any depth. */
import { ALGORITHMS, type Algorithm, type Digest, isAlgorithm } from '../../storage/digest.js';
import {
  isRepositoryPart,
  LAYERS,
  layersPath,
  MANIFESTS,
  manifestsPath,
  repositoryPath,
  revisionsPath,
} from '../../storage/layout.js';
import type { Entry, FileStat } from '../../storage/port.js';
import {
  containsMount,
  isOnMount,
  listFolder,
  readErrorReason,
  type ScanContext,
  ScanFindings,
} from './context.js';
import { readLink } from './links.js';

export interface NamespaceScan {
  readonly name: string;
  /** The repository parts that exist. If there are none, the folder is only a namespace. */
  readonly parts: readonly string[];
  readonly revisionAlgorithms: readonly Algorithm[];
  readonly layerAlgorithms: readonly Algorithm[];
  readonly hasTags: boolean;
  /** Full names of the subfolders to scan next. */
  readonly children: readonly string[];
  readonly empty: boolean;
  readonly foreign: boolean;
  /**
   * Why the folder, or a part of it, can't be moved: a symbolic link, a mount, another filesystem.
   */
  readonly immovable: string | undefined;
  /** The same reason, if it applies to everything below. */
  readonly below: string | undefined;
  /** Why everything in the repository is kept. */
  readonly damage: string | undefined;
  /** Targets of links under unknown algorithms. They are roots. */
  readonly guesses: readonly Digest[];
  readonly identity: string;
  readonly seen: ScanFindings;
}

/** A path component of a repository name, by the grammar of distribution's `reference` package. */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

interface Draft {
  parts: string[];
  revisionAlgorithms: Algorithm[];
  layerAlgorithms: Algorithm[];
  hasTags: boolean;
  children: string[];
  foreign: boolean;
  immovable: string | undefined;
  damage: string | undefined;
  guesses: Digest[];
  seen: ScanFindings;
}

/**
 * @param name of the folder below `repositories`; '' for `repositories` itself
 * @param behind why nothing below the parent folder can be removed
 */
export function scanNamespace(
  context: ScanContext,
  name: string,
  behind: string | undefined,
): NamespaceScan {
  const seen = new ScanFindings();
  const path = repositoryPath(name);
  const listing = listFolder(context, seen, path);
  const boundary =
    behind === undefined ? listing && whyFixed(context, path, listing.stat) : undefined;
  const below = behind ?? boundary?.why;
  // `scanEntry` of the parent folder has reported the link. Only `repositories` has no scanned
  // parent.
  if (boundary !== undefined && (name === '' || boundary.code !== 'symlinked')) {
    seen.add({ code: boundary.code, path });
  }
  const draft: Draft = {
    parts: [],
    revisionAlgorithms: [],
    layerAlgorithms: [],
    hasTags: false,
    children: [],
    foreign: false,
    immovable: below,
    damage: undefined,
    guesses: [],
    seen,
  };
  for (const entry of listing?.entries ?? []) scanEntry(context, draft, name, path, entry);
  // `repositories` itself can't be a repository. Its `_manifests` and the like may contain
  // repositories.
  if (name === '') draft.foreign ||= draft.parts.length > 0;
  if (draft.parts.includes(MANIFESTS)) scanManifestsPart(context, draft, name);
  if (draft.parts.includes(LAYERS))
    draft.layerAlgorithms = algorithmsIn(context, draft, name, layersPath(name));
  const identity = listing === undefined ? '' : `${listing.stat.dev}:${listing.stat.ino}`;
  return { name, ...draft, below, empty: listing?.entries.length === 0, identity };
}

interface Boundary {
  readonly code: 'symlinked' | 'other-filesystem';
  readonly why: string;
}

function whyFixed(context: ScanContext, path: string, stat: FileStat): Boundary | undefined {
  if (isOnMount(context, path)) {
    return { code: 'other-filesystem', why: `${path} is on a mount inside the tree` };
  }
  if (context.reader.lstat(path)?.type === 'symlink') {
    return { code: 'symlinked', why: `${path} is a symbolic link` };
  }
  if (stat.dev === context.device) return undefined;
  return { code: 'other-filesystem', why: `${path} is on another filesystem` };
}

function scanEntry(
  context: ScanContext,
  draft: Draft,
  name: string,
  parent: string,
  entry: Entry,
): void {
  const path = `${parent}/${entry.name}`;
  const folder =
    entry.type === 'symlink' ? followFolder(context, draft, path) : entry.type === 'directory';
  if (!folder && name !== '' && isRepositoryPart(entry.name)) {
    draft.seen.add({ code: 'unreadable-folder', path, detail: 'not a folder' });
  }
  if (!folder && entry.type === 'symlink') return;
  if (!folder) {
    const stray = entry.name.startsWith('_') ? 'stray-underscore-file' : 'stray-entry';
    draft.seen.add({ code: stray, path });
    draft.foreign = true;
    return;
  }
  if (isRepositoryPart(entry.name)) {
    addPart(context, draft, name, path, entry);
    return;
  }
  if (!COMPONENT.test(entry.name)) {
    draft.seen.add({ code: 'stray-entry', path, detail: 'not a valid repository name' });
    draft.foreign = true;
  }
  draft.children.push(name === '' ? entry.name : `${name}/${entry.name}`);
}

/**
 * Adds a finding for a symbolic link.
 * @returns whether it leads to a folder
 */
function followFolder(context: ScanContext, draft: Draft, path: string): boolean {
  draft.foreign = true;
  try {
    const stat = context.reader.stat(path);
    if (stat === undefined) draft.seen.add({ code: 'dangling-symlink', path });
    else if (stat.type === 'directory') draft.seen.add({ code: 'symlinked', path });
    else draft.seen.add({ code: 'stray-entry', path });
    return stat?.type === 'directory';
  } catch (error) {
    const loop = readErrorReason(error) === 'ELOOP';
    draft.seen.add({
      code: loop ? 'symlink-loop' : 'unreadable-folder',
      path,
      detail: readErrorReason(error),
    });
    return false;
  }
}

function addPart(
  context: ScanContext,
  draft: Draft,
  name: string,
  path: string,
  entry: Entry,
): void {
  draft.parts.push(entry.name);
  if (entry.type === 'symlink') draft.immovable ??= `${path} is a symbolic link`;
  else if (isOnMount(context, path)) draft.immovable ??= `${path} is on a mount inside the tree`;
  else if (containsMount(context, path)) draft.immovable ??= `${path} contains a mount point`;
  // A folder named like a part may still belong to a repository name: `x/_layers/_manifests`.
  if (holdsParts(context, draft, path)) {
    draft.children.push(name === '' ? entry.name : `${name}/${entry.name}`);
  }
}

/**
 * An error here is reported at once, because listing the same folder may succeed a moment later.
 */
function holdsParts({ reader }: ScanContext, draft: Draft, path: string): boolean {
  try {
    return (reader.list(path) ?? []).some((one) => isRepositoryPart(one.name));
  } catch (error) {
    draft.seen.add({ code: 'unreadable-folder', path, detail: readErrorReason(error) });
    return false;
  }
}

function scanManifestsPart(context: ScanContext, draft: Draft, name: string): void {
  const path = manifestsPath(name);
  const listing = listFolder(context, draft.seen, path, name);
  for (const entry of listing?.entries ?? []) {
    if (entry.name === 'revisions' || entry.name === 'tags') {
      if (entry.type === 'symlink') draft.immovable ??= `${path}/${entry.name} is a symbolic link`;
      if (entry.name === 'tags') draft.hasTags = true;
      else draft.revisionAlgorithms = algorithmsIn(context, draft, name, revisionsPath(name));
    } else if (!isRepositoryPart(entry.name)) {
      draft.seen.add({ code: 'stray-entry', path: `${path}/${entry.name}`, repository: name });
      draft.foreign = true;
    }
  }
}

function algorithmsIn(context: ScanContext, draft: Draft, name: string, path: string): Algorithm[] {
  const listing = listFolder(context, draft.seen, path, name);
  const found: Algorithm[] = [];
  for (const entry of listing?.entries ?? []) {
    if (isAlgorithm(entry.name)) {
      if (entry.type === 'symlink') draft.immovable ??= `${path}/${entry.name} is a symbolic link`;
      found.push(entry.name);
    } else if (!isRepositoryPart(entry.name)) {
      const code = entry.type === 'directory' ? 'unknown-algorithm' : 'stray-entry';
      const where = `${path}/${entry.name}`;
      draft.seen.add({ code, path: where, repository: name });
      draft.foreign = true;
      if (code === 'unknown-algorithm') keepUnknown(context, draft, where, UNKNOWN_DEPTH);
    }
  }
  return found.sort((a, b) => ALGORITHMS.indexOf(a) - ALGORITHMS.indexOf(b));
}

const UNKNOWN_DEPTH = 6;

/**
 * Handles an unknown digest algorithm (tarsum). The targets of its links are roots, and everything
 * in the repository is kept.
 */
function keepUnknown(context: ScanContext, draft: Draft, path: string, depth: number): void {
  draft.damage ??= `${path} contains links of an unknown digest algorithm`;
  const listing = depth === 0 ? undefined : listFolder(context, draft.seen, path);
  for (const entry of listing?.entries ?? []) {
    if (entry.type === 'directory') keepUnknown(context, draft, `${path}/${entry.name}`, depth - 1);
  }
  const link = readLink(context, path);
  if (link.state === 'good') draft.guesses.push(link.target);
  else if (link.state === 'bad') draft.guesses.push(...link.guesses);
}
