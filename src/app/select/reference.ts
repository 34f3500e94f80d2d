/**
 * References to images: `repo`, `repo:tag`, `repo@digest`, or a digest. A digest may be shortened,
 * and a host may precede the repository, as container runtimes print it.
 */
import { digestOf, type Facts, nodeCount, nodeOf, positionIn } from '../../facts/types.js';
import type { Reference } from '../../graph/explain.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { usageError } from '../../util/errors.js';

/** As written: the digest may be shortened, and the repository may have a host. */
export interface WrittenReference {
  readonly repository?: string;
  readonly tag?: string;
  /** Beginning of the digest, with `sha256:` or without. */
  readonly digest?: string;
}

const SCHEME = /^(?:docker(?:-pullable|-daemon)?|oci|containers-storage):\/\//;
const DIGEST = /^(?:sha(?:256|384|512):[0-9a-f]+|[0-9a-f]{6,128})$/;
/** `/regular expression/`, with the rest of the text. */
const EXPRESSION = /^(\/.+?\/i?)(?:[:@](.+))?$/;

/** @throws RegsweepError `usage` */
export function readReference(text: string): WrittenReference {
  const plain = text.replace(SCHEME, '');
  if (DIGEST.test(plain)) return { digest: plain };
  if (plain.startsWith('/')) return expression(text, plain);
  const at = plain.indexOf('@');
  if (at >= 0) {
    const digest = plain.slice(at + 1);
    if (!DIGEST.test(digest)) throw usageError(`"${text}": invalid digest after "@"`, DIGESTS);
    return { ...named(text, plain.slice(0, at)), digest };
  }
  return named(text, plain);
}

const DIGESTS = 'a digest is sha256: and 64 digits of 0-9a-f, or their beginning';

function expression(text: string, plain: string): WrittenReference {
  const [, repository, rest] = EXPRESSION.exec(plain) ?? [];
  if (repository === undefined) throw notReference(text);
  if (rest === undefined) return { repository };
  const isDigest = plain[repository.length] === '@';
  return isDigest ? { repository, digest: rest } : { repository, tag: rest };
}

/** A colon before the last slash belongs to a port, unless an expression for tags follows it. */
function named(text: string, plain: string): WrittenReference {
  const tagged = /^([^:]*(?::\d+\/[^:]*)?):(\/.+\/i?)$/.exec(plain);
  // The first colon, because a pattern for tags may contain others, as in [[:digit:]].
  const untagged = plain.indexOf(':', plain.lastIndexOf('/') + 1);
  const colon = tagged === null ? untagged : tagged[1]!.length;
  if (colon < 0) return { repository: part(text, plain) };
  const tag = part(text, plain.slice(colon + 1));
  return { repository: part(text, plain.slice(0, colon)), tag };
}

function part(text: string, one: string): string {
  if (one !== '') return one;
  throw notReference(text);
}

const notReference = (text: string) =>
  usageError(`"${text}" is not a digest, repo, repo:tag or repo@digest`);

/**
 * Drops the host if the tree has no repository of the name with the host.
 * @param isThere whether the tree has a repository that a name or pattern matches
 */
export function withoutHost(repository: string, isThere: (name: string) => boolean): string {
  const slash = repository.indexOf('/');
  const host = repository.slice(0, Math.max(slash, 0));
  const isHost = host === 'localhost' || /^[\w-]+(\.[\w-]+)*:\d+$|^[\w-]+(\.[\w-]+)+$/.test(host);
  return !isHost || isThere(repository) ? repository : repository.slice(slash + 1);
}

/**
 * The reference with complete digest and without host.
 * @throws RegsweepError `usage` if a shortened digest is ambiguous
 */
export function resolveReference(facts: Facts, text: string): Reference {
  const written = readReference(text);
  const names = new Set(facts.repositories.map(({ name }) => name));
  if (written.repository === undefined) {
    const digest = written.digest!;
    if (names.has(text)) return { repository: text };
    const [, name = '', tag = ''] = /^(sha(?:256|384|512)):(.*)$/.exec(digest) ?? [];
    if (parseDigest(digest) === undefined && names.has(name)) return { repository: name, tag };
    return { digest: wholeDigest(facts, text, digest) };
  }
  const repository = withoutHost(written.repository, (name) => names.has(name));
  if (written.digest !== undefined) {
    return { repository, digest: wholeDigest(facts, text, written.digest, repository) };
  }
  return written.tag === undefined ? { repository } : { repository, tag: written.tag };
}

/**
 * The only digest with this beginning. A complete digest is returned even if it isn't in the tree.
 * @param repository limits the search to its manifests
 * @throws RegsweepError `usage` if there are several, or none
 */
export function wholeDigest(
  facts: Facts,
  text: string,
  written: string,
  repository?: string,
): Digest {
  const whole = parseDigest(written) ?? parseDigest(`sha256:${written}`);
  if (whole !== undefined) return whole;
  const all = digestsBeginning(facts, written);
  const found = repository === undefined ? all : all.filter(isIn(facts, repository));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const where = repository === undefined ? 'in the tree' : `in ${repository}`;
  if (only === undefined) {
    throw usageError(
      `no digest ${where} begins with "${text}"`,
      'regsweep ls REPOSITORY lists tags and digests',
    );
  }
  const rest = found.length - SHOWN;
  const more = rest > 0 ? `\n  and ${rest} more` : '';
  const list = found.slice(0, SHOWN).map((digest) => `\n  ${digest}`);
  throw usageError(
    `"${text}" is ambiguous; ${found.length} digests ${where} begin with it:${list.join('')}${more}`,
    'give more digits',
  );
}

const SHOWN = 10;

/** Digests of the blobs on disk and of all references, sorted. */
export function digestsBeginning(facts: Facts, written: string): Digest[] {
  const found: Digest[] = [];
  const colon = written.indexOf(':');
  for (let node = 0; node < nodeCount(facts); node++) {
    const digest = digestOf(facts, node);
    const isSo =
      colon < 0 ? digest.startsWith(written, digest.indexOf(':') + 1) : digest.startsWith(written);
    if (isSo) found.push(digest);
  }
  return found.sort();
}

function isIn(facts: Facts, repository: string): (digest: Digest) => boolean {
  const one = facts.repositories.find(({ name }) => name === repository);
  if (one === undefined) return () => false;
  const tagged = new Set(one.tags.target);
  return (digest) => {
    const node = nodeOf(facts, digest)!;
    const linked = positionIn(one.revisions.node, node) >= 0 || positionIn(one.layers, node) >= 0;
    return linked || tagged.has(node);
  };
}
