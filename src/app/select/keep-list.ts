/**
 * `--keep-digests`: images that are in use. A file of digests and references, or the JSON of
 * kubectl, docker or podman. A word that can't be understood is an error, because it was meant to
 * protect something.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { digestOf, type Facts, NO_NODE } from '../../facts/types.js';
import { type Digest, digestsIn, parseDigest } from '../../storage/digest.js';
import { RegsweepError, usageError } from '../../util/errors.js';
import type { Options } from '../options.js';
import { digestsBeginning, readReference, withoutHost } from './reference.js';

export interface KeepList {
  readonly keepDigests: readonly Digest[];
  /** References and shortened digests. */
  readonly keepNames: readonly string[];
}

/** @throws RegsweepError `usage` */
export function keepListOf({ keepDigests, root }: Pick<Options, 'keepDigests' | 'root'>): KeepList {
  if (keepDigests === undefined) return { keepDigests: [], keepNames: [] };
  const words = wordsOf(keepDigests, readList(keepDigests));
  const digests = new Set<Digest>();
  const names = new Set<string>();
  for (const word of words) {
    const whole = digestsIn(word);
    for (const digest of whole) digests.add(digest);
    if (whole.length > 0) continue;
    names.add(word);
    // Digests that are known before the scan: their manifests are read even if nothing links them.
    for (const digest of onDisk(root, word)) digests.add(digest);
  }
  if (words.length > 0) {
    return { keepDigests: [...digests].sort(), keepNames: [...names].sort() };
  }
  throw usageError(
    `--keep-digests ${keepDigests}: it names no digest and no image`,
    'an empty list may come from a command that failed; to protect nothing, omit the option',
  );
}

function readList(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw new RegsweepError('usage', `--keep-digests: ${(cause as Error).message}`, {
      path,
      cause,
      remedy: 'give a readable file, with one digest or repo:tag per line',
    });
  }
}

function wordsOf(path: string, text: string): string[] {
  const start = text.trimStart()[0];
  if (start === '{' || start === '[') return imagesIn(path, text);
  return text.split('\n').flatMap((line, i) => {
    const content = line.replace(/(^|\s)#.*$/, '').trim();
    return content === '' ? [] : wordsIn(content, `--keep-digests ${path}, line ${i + 1}`);
  });
}

/** A line with a digest may have other words. In a line without one, each word is a reference. */
function wordsIn(content: string, where: string): string[] {
  const words = content.split(/[\s,]+/).filter((word) => word !== '');
  const isShort = (word: string): boolean => BEGINS.test(word) && digestsIn(word).length === 0;
  const withDigest = words.filter((word) => digestsIn(word).length > 0);
  const meant = withDigest.length > 0 ? [...withDigest, ...words.filter(isShort)] : words;
  for (const word of meant) {
    if (!isUnderstood(word)) throw notUnderstood(where, word);
  }
  return meant;
}

/** A repository named sha256 can't be distinguished from an invalid digest. */
function isUnderstood(word: string): boolean {
  if (digestsIn(word).length > 0) return true;
  return BEGINS.test(word) ? SHORT.test(word) : REFERENCE.test(word);
}

const SHORT = /^(?:[a-z-]+:\/\/)?(?:\S+@)?sha(?:256|384|512):[0-9a-f]{6,127}$/;
const BEGINS = /sha(?:256|384|512):/i;
/** As clients write it: in lower case except for the tag, with an optional scheme and host. */
const REFERENCE =
  /^(?:[a-z-]+:\/\/)?(?:[A-Za-z0-9.-]+:\d+\/|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w.-]{1,128})?$/;

function notUnderstood(where: string, word: string): RegsweepError {
  const isCase = digestsIn(word.toLowerCase()).length > 0;
  return usageError(
    isCase
      ? `${where}: digests are in lower case: "${word}"`
      : `${where}: "${word}" is neither a digest nor repo:tag`,
    'write each as sha256: and its digits 0-9a-f, or as repo:tag; # begins a comment',
  );
}

/** One JSON text, or one per line. */
function imagesIn(path: string, text: string): string[] {
  const found = new Set<string>();
  try {
    collect(JSON.parse(text), found);
  } catch {
    for (const [i, line] of text.split('\n').entries()) {
      if (line.trim() !== '') collect(parsedLine(path, line, i + 1), found);
    }
  }
  const words = [...found];
  for (const word of words) {
    if (!isUnderstood(word) && !HEX.test(word)) {
      throw notUnderstood(`--keep-digests ${path}`, word);
    }
  }
  return words;
}

const HEX = /^[0-9a-f]{6,64}$/;

function parsedLine(path: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw usageError(
      `--keep-digests ${path}, line ${number}: ${(cause as Error).message}`,
      'the list is incomplete or not JSON: create it again',
    );
  }
}

const IMAGE_KEY = /^(?:image|imageid|image_id|imagename|imageref|repodigests|repotags)$/i;

function collect(value: unknown, into: Set<string>, isImage = false): void {
  if (typeof value === 'string') {
    if (isImage && value !== '' && value !== '<none>:<none>') into.add(value);
  } else if (Array.isArray(value)) {
    for (const one of value) collect(one, into, isImage);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) collect(one, into, IMAGE_KEY.test(key));
  }
}

function onDisk(root: string, word: string): Digest[] {
  const [, algorithm = 'sha256', hex = ''] =
    /^(?:(sha256|sha384|sha512):)?([0-9a-f]{6,})$/.exec(word) ?? [];
  if (hex === '') return [];
  const folder = `blobs/${algorithm}/${hex.slice(0, 2)}`;
  return [root, `${root}/docker/registry/v2`].flatMap((base) =>
    namesIn(`${base}/${folder}`)
      .filter((name) => name.startsWith(hex))
      .flatMap((name) => parseDigest(`${algorithm}:${name}`) ?? []),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // A folder that can't be listed is reported by the scan.
  }
}

export interface Kept {
  readonly digests: ReadonlySet<Digest>;
  /** Names that are not in this tree. */
  readonly strange: readonly string[];
}

const known = new WeakMap<Facts, { readonly list: KeepList; readonly kept: Kept }>();

/**
 * The images of a list in this tree. If a name can be read in several ways, each of them protects.
 */
export function keptIn(facts: Facts, list: KeepList): Kept {
  const before = known.get(facts);
  const { keepDigests, keepNames } = list;
  if (before?.list.keepNames === keepNames && before.list.keepDigests === keepDigests) {
    return before.kept;
  }
  const found = new Set<Digest>(keepDigests);
  const strange = keepNames.filter((name) => {
    const meant = digestsOfName(facts, name);
    for (const digest of meant) found.add(digest);
    return meant.length === 0;
  });
  const kept = { digests: found, strange };
  known.set(facts, { list, kept });
  return kept;
}

function digestsOfName(facts: Facts, name: string): Digest[] {
  const { repository, tag, digest } = readReference(name);
  const beginning = digest ?? (/^[0-9a-f]{6,}$/.test(name) ? name : undefined);
  const found = beginning === undefined ? [] : digestsBeginning(facts, beginning);
  const whole = repository ?? name;
  const readings = new Set([whole, withoutHost(whole, () => false)]);
  for (const one of facts.repositories) {
    if (!readings.has(one.name)) continue;
    one.tags.names.forEach((known, i) => {
      const node = one.tags.target[i]!;
      if (node !== NO_NODE && (tag === undefined || tag === known))
        found.push(digestOf(facts, node));
    });
  }
  return found;
}
