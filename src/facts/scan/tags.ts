/** Scans `_manifests/tags` of one repository: the current and the earlier targets of each tag. */
import { algorithmOf, type Digest, hexOf, isAlgorithm, makeDigest } from '../../storage/digest.js';
import { linkOf, tagCurrentPath, tagIndexPath, tagPath, tagsPath } from '../../storage/layout.js';
import {
  type Names,
  noteFilePutAside,
  noteIncompleteFolder,
  readErrorReason,
  type ScanContext,
  ScanFindings,
  takePart,
  typeAt,
} from './context.js';
import { type Link, readLink } from './links.js';

export interface ScannedTag {
  readonly name: string;
  /** Undefined if `current/link` can't be read. */
  readonly target: Digest | undefined;
  readonly changed: number;
  readonly history: readonly Digest[];
}

export interface TagScan {
  readonly rows: readonly ScannedTag[];
  readonly guesses: readonly Digest[];
  readonly damage: string | undefined;
  readonly isImmovable: boolean;
  readonly foreign: boolean;
  /** Entries left for other tasks. */
  readonly rest: readonly Names[];
  readonly seen: ScanFindings;
}

/**
 * @param history read the earlier targets too
 * @param part only these tags, of a folder that is too large for one task
 */
export function scanTags(
  context: ScanContext,
  repository: string,
  history: boolean,
  part?: Names,
): TagScan {
  const seen = new ScanFindings();
  const parent = tagsPath(repository);
  const { batch, rest, isImmovable } = takePart(context, seen, parent, repository, part);
  const scan: Draft = {
    rows: [],
    guesses: [],
    damage: undefined,
    isImmovable,
    foreign: false,
    rest,
    seen,
  };
  for (let i = 0; i < batch.names.length; i++) {
    const name = batch.names[i]!;
    const type = typeAt(batch, i);
    if (type === 'directory' || type === 'symlink') {
      scan.isImmovable ||= type === 'symlink';
      scanTag(context, scan, repository, name, history);
    } else {
      seen.add({ code: 'stray-entry', path: `${parent}/${name}`, repository });
      scan.foreign = true;
    }
  }
  return scan;
}

type Draft = { -readonly [K in keyof TagScan]: TagScan[K] } & {
  rows: ScannedTag[];
  guesses: Digest[];
};

function scanTag(
  context: ScanContext,
  scan: Draft,
  repository: string,
  name: string,
  withHistory: boolean,
): void {
  const link = readLink(context, tagCurrentPath(repository, name));
  // A symbolic link in place of the folder `current` shows only in its own lstat.
  scan.isImmovable ||= withHistory && isLinked(context, tagCurrentPath(repository, name));
  const history = withHistory ? readHistory(context, scan, repository, name, link) : [];
  if (link.state === 'good') {
    scan.isImmovable ||= link.isImmovable;
    scan.rows.push({ name, target: link.target, changed: link.changed, history });
  } else if (link.state === 'bad') {
    noteBadTag(scan, repository, name, link);
    scan.rows.push({ name, target: undefined, changed: link.changed, history });
  } else {
    noteTagWithoutCurrent(context, scan, repository, name, history);
  }
}

function isLinked({ reader }: ScanContext, path: string): boolean {
  try {
    return reader.lstat(path)?.type === 'symlink';
  } catch {
    return true; // reading the link in it fails too, and that is reported
  }
}

function noteBadTag(
  scan: Draft,
  repository: string,
  name: string,
  link: Link & { state: 'bad' },
): void {
  const path = `${tagCurrentPath(repository, name)}/link`;
  scan.seen.add({ code: 'unreadable-link', path, repository, detail: link.reason });
  scan.damage ??= `${path} ${link.reason}`;
  scan.guesses.push(...link.guesses);
}

/**
 * An empty tag folder is debris. A tag with a history has lost its current link, and its target is
 * unknown.
 */
function noteTagWithoutCurrent(
  context: ScanContext,
  scan: Draft,
  repository: string,
  name: string,
  history: readonly Digest[],
): void {
  const path = tagPath(repository, name);
  const lost = { code: 'tag-without-current', path, repository } as const;
  if (noteIncompleteFolder(context, scan.seen, path, lost)) return;
  scan.damage ??= `${path} has no current/link`;
  scan.rows.push({ name, target: undefined, changed: 0, history });
}

/** @returns the digests in the tag's index, which are not roots; a failed listing adds a finding */
function readHistory(
  context: ScanContext,
  scan: Draft,
  repository: string,
  name: string,
  link: Link,
): readonly Digest[] {
  const path = tagIndexPath(repository, name);
  try {
    if (link.state === 'good' && isOnly(context, path, link.target)) return [link.target];
    return listHistory(context, scan.seen, repository, path);
  } catch (error) {
    scan.seen.add({ code: 'unreadable-folder', path, repository, detail: readErrorReason(error) });
    return [];
  }
}

/**
 * Most tags have pointed to only one manifest. Where link counts include subfolders (not on btrfs),
 * four lstats then replace two listings.
 */
function isOnly(context: ScanContext, index: string, target: Digest): boolean {
  const algorithm = `${index}/${algorithmOf(target)}`;
  return (
    context.reader.lstat(index)?.nlink === 3 &&
    context.reader.lstat(algorithm)?.nlink === 3 &&
    context.reader.lstat(`${algorithm}/${hexOf(target)}`)?.type === 'directory' &&
    context.reader.lstat(linkOf(`${algorithm}/${hexOf(target)}`)) !== undefined
  );
}

function listHistory(
  context: ScanContext,
  seen: ScanFindings,
  repository: string,
  path: string,
): Digest[] {
  const history: Digest[] = [];
  for (const { name } of context.reader.list(path) ?? []) {
    if (!isAlgorithm(name)) continue;
    for (const entry of context.reader.list(`${path}/${name}`) ?? []) {
      const digest = makeDigest(name, entry.name);
      if (digest === undefined || entry.type !== 'directory') continue;
      history.push(digest);
      const folder = `${path}/${name}/${entry.name}`;
      const isIncomplete = context.reader.lstat(linkOf(folder)) === undefined;
      if (isIncomplete) noteFilePutAside(context, seen, folder, repository);
    }
  }
  return history;
}
