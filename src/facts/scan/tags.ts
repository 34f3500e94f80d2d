/** Scans `_manifests/tags` of one repository: what each tag points to, and pointed to before. */
import { ALGORITHMS, type Digest, makeDigest } from '../../storage/digest.js';
import { tagCurrentPath, tagIndexPath, tagPath, tagsPath } from '../../storage/layout.js';
import {
  isBeyond,
  listFolder,
  noteHollow,
  Observations,
  reasonOf,
  type ScanContext,
} from './context.js';
import { type Link, readLink } from './links.js';

export interface TagRow {
  readonly name: string;
  /** Undefined where `current/link` can't be read. */
  readonly target: Digest | undefined;
  readonly changed: number;
  readonly history: readonly Digest[];
}

export interface TagScan {
  readonly rows: readonly TagRow[];
  readonly guesses: readonly Digest[];
  readonly damage: string | undefined;
  readonly fixed: boolean;
  readonly foreign: boolean;
  readonly seen: Observations;
}

/** @param names only these tags: one part of a folder too large for one task */
export function scanTags(
  context: ScanContext,
  repository: string,
  names?: readonly string[],
): TagScan {
  const seen = new Observations();
  const parent = tagsPath(repository);
  const scan = {
    rows: [] as TagRow[],
    guesses: [] as Digest[],
    damage: undefined as string | undefined,
    fixed: isBeyond(context, parent),
    foreign: false,
    seen,
  };
  if (names !== undefined) {
    for (const name of names) scanTag(context, scan, repository, name);
    return scan;
  }
  const listing = listFolder(context, seen, parent, repository);
  scan.fixed ||= listing !== undefined && listing.stat.dev !== context.device;
  for (const entry of listing?.entries ?? []) {
    if (entry.type === 'directory' || entry.type === 'symlink') {
      scan.fixed ||= entry.type === 'symlink';
      scanTag(context, scan, repository, entry.name);
    } else {
      seen.add({ code: 'stray-entry', path: `${parent}/${entry.name}`, repository });
      scan.foreign = true;
    }
  }
  return scan;
}

type Draft = { -readonly [K in keyof TagScan]: TagScan[K] } & { rows: TagRow[]; guesses: Digest[] };

function scanTag(context: ScanContext, scan: Draft, repository: string, name: string): void {
  const link = readLink(context, tagCurrentPath(repository, name));
  const history = readHistory(context, scan, repository, name);
  if (link.state === 'good') {
    scan.fixed ||= link.fixed;
    scan.rows.push({ name, target: link.target, changed: link.changed, history });
  } else if (link.state === 'bad') {
    noteBadTag(scan, repository, name, link);
    scan.rows.push({ name, target: undefined, changed: link.changed, history });
  } else {
    noteTagWithoutCurrent(context, scan, repository, name);
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
): void {
  const path = tagPath(repository, name);
  const lost = { code: 'tag-without-current', path, repository } as const;
  if (noteHollow(context, scan.seen, path, lost)) return;
  scan.damage ??= `${path} has no current/link`;
  scan.foreign = true;
}

/** Digests that the tag's index names. Not roots; a listing that fails is kept as a finding. */
function readHistory(
  context: ScanContext,
  scan: Draft,
  repository: string,
  name: string,
): readonly Digest[] {
  const path = tagIndexPath(repository, name);
  const history: Digest[] = [];
  try {
    for (const { name: algorithm } of context.reader.list(path) ?? []) {
      const known = ALGORITHMS.find((one) => one === algorithm);
      const entries =
        known === undefined ? [] : (context.reader.list(`${path}/${algorithm}`) ?? []);
      for (const entry of entries) {
        const digest = makeDigest(known!, entry.name);
        if (digest !== undefined && entry.type === 'directory') history.push(digest);
      }
    }
  } catch (error) {
    scan.seen.add({ code: 'unreadable-folder', path, repository, detail: reasonOf(error) });
  }
  return history;
}
