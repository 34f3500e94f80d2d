/** How rules match tags, and which tags cosign and the referrers fallback make. */
import { type Digest, makeDigest } from '../../storage/digest.js';
import { compilePattern } from '../../util/pattern/index.js';
import type { RuleSelection } from '../model/types.js';

const DERIVED = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/** The digest that a cosign tag or a referrers fallback tag is about; undefined for other tags. */
export function subjectOfTag(tag: string): Digest | undefined {
  const match = DERIVED.exec(tag);
  return match === null ? undefined : makeDigest('sha256', match[1]!);
}

/** The tags that a person gave. */
export function ownTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => subjectOfTag(tag) === undefined);
}

/**
 * Whether a pattern, in which `*` stands for any characters or none, covers a whole tag.
 * Given a second pattern for the tag, it tells whether every tag of that one is covered:
 * a star there is a character that only a star covers. Never backtracks more than one star,
 * so a pattern can't make it slow.
 */
export function matchesPattern(pattern: string, tag: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < tag.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (pattern[p] === tag[t]) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** The entries of a tagged rule, all as patterns, but for prefixes that hold a literal star. */
export function matchersOf(selection: RuleSelection): ((tag: string) => boolean)[] {
  return [
    ...(selection.patterns ?? []).map((pattern) => (tag: string) => matchesPattern(pattern, tag)),
    ...(selection.prefixes ?? []).map((prefix) => (tag: string) => tag.startsWith(prefix)),
    ...(selection.expressions ?? []).map((text) => compilePattern(text, 'tag')),
  ];
}

/** A test of an image's tags against a rule's tagging requirements. */
export function selector(selection: RuleSelection): (tags: readonly string[]) => boolean {
  if (selection.tagStatus === 'any') return () => true;
  if (selection.tagStatus === 'untagged') return (tags) => tags.length === 0;
  const matchers = matchersOf(selection);
  return (tags) => tags.length > 0 && matchers.every((matches) => tags.some(matches));
}

/** For people: `untagged`, `any`, `tagged prod* and beta*`. */
export function selectionText(selection: RuleSelection): string {
  const entries = [
    ...(selection.patterns ?? []),
    ...(selection.prefixes ?? []).map((prefix) => `${prefix}*`),
    ...(selection.expressions ?? []),
  ];
  return [selection.tagStatus, entries.join(' and ')].filter((part) => part !== '').join(' ');
}
