/** Scans `_manifests/tags` of one repository: what each tag points to, and pointed to before. */
import { algorithmOf, type Digest, hexOf, isAlgorithm, makeDigest } from '../../storage/digest.js';
import { tagCurrentPath, tagIndexPath, tagPath, tagsPath } from '../../storage/layout.js';
import {
  inParts,
  isBeyond,
  listNamesOf,
  type Names,
  noteHollow,
  readErrorReason,
  type ScanContext,
  ScanFindings,
  typeAt,
} from './context.js';
import { type Link, readLink } from './links.js';

export interface ScannedTag {
  readonly name: string;
  /** Undefined where `current/link` can't be read. */
  readonly target: Digest | undefined;
  readonly changed: number;
  readonly history: readonly Digest[];
}

export interface TagScan {
  readonly rows: readonly ScannedTag[];
  readonly guesses: readonly Digest[];
  readonly damage: string | undefined;
  readonly fixed: boolean;
  readonly foreign: boolean;
  /** Entries that are left for other tasks. */
  readonly rest: readonly Names[];
  readonly seen: ScanFindings;
}

/**
 * @param history read what each tag pointed to before
 * @param part only these tags, of a folder too large for one task
 */
export function scanTags(
  context: ScanContext,
  repository: string,
  history: boolean,
  part?: Names,
): TagScan {
  const seen = new ScanFindings();
  const parent = tagsPath(repository);
  const listing = part === undefined ? listNamesOf(context, seen, parent, repository) : undefined;
  const { mine, rest } = inParts(part ?? listing);
  const scan: Draft = {
    rows: [],
    guesses: [],
    damage: undefined,
    fixed:
      isBeyond(context, parent) || (listing !== undefined && listing.stat.dev !== context.device),
    foreign: false,
    rest,
    seen,
  };
  for (let i = 0; i < mine.names.length; i++) {
    const name = mine.names[i]!;
    const type = typeAt(mine, i);
    if (type === 'directory' || type === 'symlink') {
      scan.fixed ||= type === 'symlink';
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
  // A folder on the way that is a symbolic link shows nowhere else.
  scan.fixed ||= withHistory && isLinked(context, tagCurrentPath(repository, name));
  const history = withHistory ? readHistory(context, scan, repository, name, link) : [];
  if (link.state === 'good') {
    scan.fixed ||= link.fixed;
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
    return true; // the link in it can't be read either, and that is told
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

/** An empty tag folder is debris; one with a history lost its current link, and nobody knows to what. */
function noteTagWithoutCurrent(
  context: ScanContext,
  scan: Draft,
  repository: string,
  name: string,
  history: readonly Digest[],
): void {
  const path = tagPath(repository, name);
  const lost = { code: 'tag-without-current', path, repository } as const;
  if (noteHollow(context, scan.seen, path, lost)) return;
  scan.damage ??= `${path} has no current/link`;
  scan.rows.push({ name, target: undefined, changed: 0, history });
}

/** Digests that the tag's index names. Not roots; a listing that fails is kept as a finding. */
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
    return listHistory(context, path);
  } catch (error) {
    scan.seen.add({ code: 'unreadable-folder', path, repository, detail: readErrorReason(error) });
    return [];
  }
}

/**
 * Most tags only ever pointed to one manifest. Where link counts tell of subfolders (not on
 * btrfs), two of them and one look spare two listings.
 */
function isOnly(context: ScanContext, index: string, target: Digest): boolean {
  const algorithm = `${index}/${algorithmOf(target)}`;
  return (
    context.reader.lstat(index)?.nlink === 3 &&
    context.reader.lstat(algorithm)?.nlink === 3 &&
    context.reader.lstat(`${algorithm}/${hexOf(target)}`)?.type === 'directory'
  );
}

function listHistory(context: ScanContext, path: string): Digest[] {
  const history: Digest[] = [];
  for (const { name } of context.reader.list(path) ?? []) {
    if (!isAlgorithm(name)) continue;
    for (const entry of context.reader.list(`${path}/${name}`) ?? []) {
      const digest = makeDigest(name, entry.name);
      if (digest !== undefined && entry.type === 'directory') history.push(digest);
    }
  }
  return history;
}
