/** Scans `_layers/<alg>` of one repository: one lstat a link; its content only where the name can't be trusted. */
import {
  type Algorithm,
  algorithmOf,
  DIGEST_BYTES,
  type Digest,
  decodeHex,
  makeDigest,
} from '../../storage/digest.js';
import { LINK, layerPath, layersPath, linkOf } from '../../storage/layout.js';
import {
  inParts,
  isBeyond,
  listNamesOf,
  type Names,
  noteHollow,
  readErrorReason,
  type ScanContext,
  ScanFindings,
  seconds,
  typeAt,
} from './context.js';
import { readLink } from './links.js';

/** How closely links are looked at: their names, one lstat each, or their content too. */
export type LinkDepth = 'names' | 'times' | 'content';

/** An unknown age is young. */
export const UNKNOWN_TIME = 0xffffffff;

/** Length of a link file that holds a sha256 digest. */
const SHA256_LINK_BYTES = 71;

export interface Alias {
  readonly digest: Digest;
  readonly target: Digest;
  /** The link's mtime: what it names is at least as young. */
  readonly changed: number;
}

export interface BadLink {
  readonly digest: Digest;
  readonly changed: number;
  readonly reason: string;
  /** It was read, and holds nothing. */
  readonly isBlank: boolean;
}

export interface LayerScan {
  readonly algorithm: Algorithm;
  readonly count: number;
  /** count × digest length. */
  readonly digests: Uint8Array;
  readonly changed: Uint32Array;
  /** Links that name another digest than their path. */
  readonly aliases: readonly Alias[];
  /** Links that hold no digest. */
  readonly bad: readonly BadLink[];
  readonly damage: string | undefined;
  readonly fixed: boolean;
  readonly foreign: boolean;
  /** Entries that are left for other tasks. */
  readonly rest: readonly Names[];
  readonly seen: ScanFindings;
}

export function scanLayers(
  context: ScanContext,
  repository: string,
  algorithm: Algorithm,
  depth: LinkDepth,
  part?: Names,
): LayerScan {
  const parent = `${layersPath(repository)}/${algorithm}`;
  const seen = new ScanFindings();
  const listing = part === undefined ? listNamesOf(context, seen, parent, repository) : undefined;
  const { mine, rest } = inParts(part ?? listing);
  const width = DIGEST_BYTES[algorithm];
  const digests = new Uint8Array(mine.names.length * width);
  const changed = new Uint32Array(mine.names.length);
  const draft: Draft = {
    aliases: [],
    bad: [],
    damage: undefined,
    fixed:
      isBeyond(context, parent) || (listing !== undefined && listing.stat.dev !== context.device),
    foreign: false,
    seen,
  };
  let count = 0;
  const byName = depth === 'names' && algorithm === 'sha256';
  for (let i = 0; i < mine.names.length; i++) {
    const name = mine.names[i]!;
    const type = typeAt(mine, i);
    const named = name.length === width * 2 && decodeHex(name, 0, width, digests, count * width);
    if (!named || (type !== 'directory' && type !== 'symlink')) {
      seen.add({ code: 'stray-entry', path: `${parent}/${name}`, repository });
      draft.foreign = true;
      continue;
    }
    draft.fixed ||= type === 'symlink';
    const age = byName
      ? UNKNOWN_TIME
      : scanLayer(context, draft, repository, algorithm, parent, name, depth);
    if (age !== undefined) changed[count++] = age;
  }
  return { algorithm, count, digests, changed, rest, ...draft };
}

interface Draft {
  aliases: Alias[];
  bad: BadLink[];
  damage: string | undefined;
  fixed: boolean;
  foreign: boolean;
  seen: ScanFindings;
}

/** The link's mtime, or undefined where there is no layer link. */
function scanLayer(
  context: ScanContext,
  draft: Draft,
  repository: string,
  algorithm: Algorithm,
  parent: string,
  hex: string,
  depth: LinkDepth,
): number | undefined {
  const path = `${parent}/${hex}`;
  const digest = makeDigest(algorithm, hex)!;
  try {
    const stat = context.reader.lstat(`${path}/${LINK}`);
    if (stat === undefined) {
      const stray = { code: 'stray-entry', path, repository, digest } as const;
      draft.foreign = !noteHollow(context, draft.seen, path, stray) || draft.foreign;
      return undefined;
    }
    const plain = stat.type === 'file' && stat.size === SHA256_LINK_BYTES && algorithm === 'sha256';
    if (!plain || depth === 'content') readTarget(context, draft, repository, digest, path);
    return seconds(stat.mtimeMs);
  } catch (error) {
    draft.seen.add({ code: 'unreadable-folder', path, repository, detail: readErrorReason(error) });
    return 0xffffffff;
  }
}

/** mtime of one layer link; unknown where it can't be looked at. */
export function linkTime(context: ScanContext, repository: string, digest: Digest): number {
  try {
    const stat = context.reader.lstat(linkOf(layerPath(repository, digest)));
    return stat === undefined ? 0 : seconds(stat.mtimeMs);
  } catch {
    return UNKNOWN_TIME;
  }
}

/**
 * A layer pushed under another algorithm is stored as sha256, and only this link says where:
 * when it can't be read, all layer links of the repository are kept.
 */
function readTarget(
  context: ScanContext,
  draft: Draft,
  repository: string,
  digest: Digest,
  path: string,
): void {
  const link = readLink(context, path);
  if (link.state === 'good') {
    draft.fixed ||= link.fixed;
    const { target, changed } = link;
    if (target === digest) return;
    draft.aliases.push({ digest, target, changed });
    if (algorithmOf(target) !== algorithmOf(digest)) return;
    const detail = `the link says ${target}`;
    draft.seen.add({ code: 'link-mismatch', path: linkOf(path), repository, digest, detail });
  } else if (link.state === 'bad') {
    const where = `${path}/${LINK}`;
    const { changed, reason, guesses, isBlank } = link;
    draft.bad.push({ digest, changed, reason, isBlank });
    for (const target of guesses) draft.aliases.push({ digest, target, changed });
    draft.damage ??= `${where} ${reason}`;
  }
}
