/**
 * Scans `_layers/<alg>` of one repository. Costs one lstat per link. The content is read only if it
 * may differ from the name.
 */

import {
  type Algorithm,
  algorithmOf,
  DIGEST_BYTES,
  type Digest,
  decodeHex,
  makeDigest,
} from '../../storage/digest.js';
import { LINK, layerPath, layersPath, linkOf } from '../../storage/layout.js';
import { UNKNOWN_TIME } from '../../util/iso-time.js';
import {
  type Names,
  noteIncompleteFolder,
  readErrorReason,
  type ScanContext,
  ScanFindings,
  seconds,
  takePart,
  typeAt,
} from './context.js';
import { readLink } from './links.js';

/** How links are read: by name only, with their mtime, or with their content too. */
export type LinkDepth = 'names' | 'times' | 'content';

/** Length of a link file with a sha256 digest, in bytes. */
const SHA256_LINK_BYTES = 71;

export interface Alias {
  readonly digest: Digest;
  readonly target: Digest;
  /** mtime of the link. The target counts as at least so recent. */
  readonly changed: number;
}

export interface BadLink {
  readonly digest: Digest;
  readonly changed: number;
  readonly reason: string;
  /** The file could be read, and is empty or contains only blanks and NUL. */
  readonly isBlank: boolean;
}

export interface LayerScan {
  readonly algorithm: Algorithm;
  readonly count: number;
  /** Raw digests: `count` × digest length bytes. */
  readonly digests: Uint8Array;
  readonly changed: Uint32Array;
  /** Links whose digest differs from the one in their path. */
  readonly aliases: readonly Alias[];
  /** Links whose content is not a digest. */
  readonly bad: readonly BadLink[];
  readonly damage: string | undefined;
  readonly isImmovable: boolean;
  readonly foreign: boolean;
  /** Entries left for other tasks. */
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
  const { batch, rest, isImmovable } = takePart(context, seen, parent, repository, part);
  const width = DIGEST_BYTES[algorithm];
  const digests = new Uint8Array(batch.names.length * width);
  const changed = new Uint32Array(batch.names.length);
  const draft: Draft = {
    aliases: [],
    bad: [],
    damage: undefined,
    isImmovable,
    foreign: false,
    seen,
  };
  let count = 0;
  const byName = depth === 'names' && algorithm === 'sha256';
  for (let i = 0; i < batch.names.length; i++) {
    const name = batch.names[i]!;
    const type = typeAt(batch, i);
    const named = name.length === width * 2 && decodeHex(name, 0, width, digests, count * width);
    if (!named || (type !== 'directory' && type !== 'symlink')) {
      seen.add({ code: 'stray-entry', path: `${parent}/${name}`, repository });
      draft.foreign = true;
      continue;
    }
    draft.isImmovable ||= type === 'symlink';
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
  isImmovable: boolean;
  foreign: boolean;
  seen: ScanFindings;
}

/** @returns the link's mtime in seconds, or undefined if there is no link */
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
      draft.foreign = !noteIncompleteFolder(context, draft.seen, path, stray) || draft.foreign;
      return undefined;
    }
    const plain = stat.type === 'file' && stat.size === SHA256_LINK_BYTES && algorithm === 'sha256';
    if (!plain || depth === 'content') readTarget(context, draft, repository, digest, path);
    return seconds(stat.mtimeMs);
  } catch (error) {
    draft.seen.add({ code: 'unreadable-folder', path, repository, detail: readErrorReason(error) });
    return UNKNOWN_TIME;
  }
}

/**
 * @returns the mtime of a layer link in seconds; 0 if it does not exist, UNKNOWN_TIME if it can't
 *   be read
 */
export function linkTime(context: ScanContext, repository: string, digest: Digest): number {
  try {
    const stat = context.reader.lstat(linkOf(layerPath(repository, digest)));
    return stat === undefined ? 0 : seconds(stat.mtimeMs);
  } catch {
    return UNKNOWN_TIME;
  }
}

/**
 * Reads a link's content. A layer pushed under another algorithm is stored as sha256, and only this
 * link tells the sha256. So an unreadable link keeps all layer links of the repository.
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
    draft.isImmovable ||= link.isImmovable;
    const { target, changed } = link;
    if (target === digest) return;
    draft.aliases.push({ digest, target, changed });
    if (algorithmOf(target) !== algorithmOf(digest)) return;
    const detail = `the link contains ${target}`;
    draft.seen.add({ code: 'link-mismatch', path: linkOf(path), repository, digest, detail });
  } else if (link.state === 'bad') {
    const where = `${path}/${LINK}`;
    const { changed, reason, guesses, isBlank } = link;
    draft.bad.push({ digest, changed, reason, isBlank });
    for (const target of guesses) draft.aliases.push({ digest, target, changed });
    draft.damage ??= `${where} ${reason}`;
  }
}
