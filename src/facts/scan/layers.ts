/** Scans `_layers/<alg>` of one repository: one lstat a link; its content only where the name can't be trusted. */
import { type Algorithm, DIGEST_BYTES, type Digest, makeDigest } from '../../storage/digest.js';
import { LINK, layersPath } from '../../storage/layout.js';
import type { Entry } from '../../storage/port.js';
import {
  isBeyond,
  listFolder,
  noteHollow,
  Observations,
  reasonOf,
  type ScanContext,
  seconds,
} from './context.js';
import { readLink } from './links.js';

/** Length of a link file that holds a sha256 digest. */
const SHA256_LINK_BYTES = 71;
/** A folder with more entries is handed back in parts, so that all workers get a share. */
const PART = 4096;

export interface Alias {
  readonly digest: Digest;
  readonly target: Digest;
  /** The link's mtime: what it names is at least as young. */
  readonly changed: number;
}

export interface LayerScan {
  readonly algorithm: Algorithm;
  readonly count: number;
  /** count × digest length. */
  readonly digests: Uint8Array;
  readonly changed: Uint32Array;
  /** Links that name another digest than their path. */
  readonly aliases: readonly Alias[];
  readonly damage: string | undefined;
  readonly fixed: boolean;
  readonly foreign: boolean;
  /** Entries that are left for other tasks. */
  readonly rest: readonly (readonly Entry[])[];
  readonly seen: Observations;
}

export function scanLayers(
  context: ScanContext,
  repository: string,
  algorithm: Algorithm,
  readAll: boolean,
  part?: readonly Entry[],
): LayerScan {
  const parent = `${layersPath(repository)}/${algorithm}`;
  const seen = new Observations();
  const listing = part === undefined ? listFolder(context, seen, parent, repository) : undefined;
  const entries = part ?? listing?.entries ?? [];
  const width = DIGEST_BYTES[algorithm];
  const mine = Math.min(entries.length, PART);
  const digests = Buffer.alloc(mine * width);
  const changed = new Uint32Array(mine);
  const draft: Draft = {
    aliases: [],
    damage: undefined,
    fixed:
      isBeyond(context, parent) || (listing !== undefined && listing.stat.dev !== context.device),
    foreign: false,
    seen,
  };
  let count = 0;
  for (let i = 0; i < mine; i++) {
    const entry = entries[i]!;
    const age = scanLayer(context, draft, repository, algorithm, parent, entry, readAll);
    if (age === undefined) continue;
    digests.write(entry.name, count * width, 'hex');
    changed[count++] = age;
  }
  const rest: Entry[][] = [];
  for (let i = mine; i < entries.length; i += PART) rest.push(entries.slice(i, i + PART));
  return { algorithm, count, digests: new Uint8Array(digests), changed, rest, ...draft };
}

interface Draft {
  aliases: Alias[];
  damage: string | undefined;
  fixed: boolean;
  foreign: boolean;
  seen: Observations;
}

/** The link's mtime, or undefined where there is no layer link. */
function scanLayer(
  context: ScanContext,
  draft: Draft,
  repository: string,
  algorithm: Algorithm,
  parent: string,
  entry: Entry,
  readAll: boolean,
): number | undefined {
  const path = `${parent}/${entry.name}`;
  const digest = makeDigest(algorithm, entry.name);
  if (digest === undefined || (entry.type !== 'directory' && entry.type !== 'symlink')) {
    draft.seen.add({ code: 'stray-entry', path, repository });
    draft.foreign = true;
    return undefined;
  }
  draft.fixed ||= entry.type === 'symlink';
  try {
    const stat = context.reader.lstat(`${path}/${LINK}`);
    if (stat === undefined) {
      const stray = { code: 'stray-entry', path, repository, digest } as const;
      draft.foreign = !noteHollow(context, draft.seen, path, stray) || draft.foreign;
      return undefined;
    }
    const plain = stat.type === 'file' && stat.size === SHA256_LINK_BYTES && algorithm === 'sha256';
    if (!plain || readAll) readTarget(context, draft, repository, digest, path);
    return seconds(stat.mtimeMs);
  } catch (error) {
    draft.seen.add({ code: 'unreadable-folder', path, repository, detail: reasonOf(error) });
    return 0xffffffff;
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
    if (target !== digest) draft.aliases.push({ digest, target, changed });
  } else if (link.state === 'bad') {
    const where = `${path}/${LINK}`;
    draft.seen.add({
      code: 'bad-layer-link',
      path: where,
      repository,
      digest,
      detail: link.reason,
    });
    const { changed } = link;
    for (const target of link.guesses) draft.aliases.push({ digest, target, changed });
    draft.damage ??= `${where} ${link.reason}`;
  }
}
