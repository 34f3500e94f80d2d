/** Matches tags against rules, and recognizes the tags of cosign and of the referrers fallback. */
import { type Digest, makeDigest } from '../../storage/digest.js';
import { compilePattern } from '../../util/pattern/index.js';
import type { RuleSelection } from '../model/types.js';

const DERIVED = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/**
 * @returns the digest that a cosign tag or a referrers fallback tag refers to; undefined for other
 *   tags
 */
export function subjectOfTag(tag: string): Digest | undefined {
  const match = DERIVED.exec(tag);
  return match === null ? undefined : makeDigest('sha256', match[1]!);
}

/** @returns the tags that were not derived from a digest */
export function manualTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => subjectOfTag(tag) === undefined);
}

/**
 * Matches a complete tag against a pattern in which `*` is any text, or none. `tag` may itself be a
 * pattern; then the result tells whether every tag that matches it also matches `pattern`, because
 * a star in it is matched only by a star. Backtracks over one star at most, so the time is bounded.
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

/**
 * @returns a test for each entry of the rule's lists. Prefixes are compared as text, because a star
 *   in them is literal
 */
function matchersOf(selection: RuleSelection): ((tag: string) => boolean)[] {
  return [
    ...(selection.patterns ?? []).map((pattern) => (tag: string) => matchesPattern(pattern, tag)),
    ...(selection.prefixes ?? []).map((prefix) => (tag: string) => tag.startsWith(prefix)),
    ...(selection.expressions ?? []).map((text) => compilePattern(text, 'tag')),
  ];
}

/** @returns a test of an image's tags against the selection of a rule */
export function selector(selection: RuleSelection): (tags: readonly string[]) => boolean {
  if (selection.tagStatus === 'any') return () => true;
  if (selection.tagStatus === 'untagged') return (tags) => tags.length === 0;
  const matchers = matchersOf(selection);
  return (tags) => tags.length > 0 && matchers.every((matches) => tags.some(matches));
}

/** @returns the selection as text: `untagged`, `any`, `tagged prod* and beta*` */
export function selectionText(selection: RuleSelection): string {
  const entries = [
    ...(selection.patterns ?? []),
    ...(selection.prefixes ?? []).map((prefix) => `${prefix}*`),
    ...(selection.expressions ?? []),
  ];
  return [selection.tagStatus, entries.join(' and ')].filter((part) => part !== '').join(' ');
}
