/**
 * Patterns for names: globs as in bash, or `/regular expressions/`. Options and policies in
 * regsweep's own form use them. The lists of ECR policies have a simpler syntax (`policy/rules/tags.ts`).
 */
import { RegsweepError, usageError } from '../errors.js';
import { expandBraces } from './braces.js';
import type { Subject } from './glob-model.js';
import { matchParts } from './match-glob.js';
import { parseGlob } from './parse-glob.js';
import { isRegularExpression, regularExpression } from './regular-expression.js';
import { bothForms } from './suggest.js';

export type { Subject } from './glob-model.js';
export { isRegularExpression } from './regular-expression.js';

export type Matcher = (name: string) => boolean;

const MAX_LENGTH = 2000;

const compiled = new Map<string, Matcher>();
const MAX_COMPILED = 10_000;

/** @throws RegsweepError `usage`; its remedy tells what to write */
export function compilePattern(text: string, subject: Subject): Matcher {
  const key = `${subject} ${text}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = isRegularExpression(text)
    ? regularExpression(text, subject)
    : globMatcher(text, subject);
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(key, made);
  return made;
}

function globMatcher(text: string, subject: Subject): Matcher {
  if (text === '') throw usageError('a pattern is empty', 'remove it');
  if (text.length > MAX_LENGTH)
    throw usageError(`a pattern is longer than ${MAX_LENGTH} characters`);
  if (/\]\{\d+,?\d*\}/.test(text)) {
    throw usageError(
      `"${text}": "{ }" belongs to a regular expression, not to a glob`,
      bothForms(text),
    );
  }
  const globs = expandBraces(text).map((one) => {
    if (one === '') throw usageError(`"${text}": one of its alternatives is empty`);
    return parseGlob(one, subject, text);
  });
  return (name) => globs.some((parts) => matchParts(parts, name));
}

/** @returns the error and the remedy of an invalid pattern, or undefined */
export function patternProblem(text: string, subject: Subject): [string, string?] | undefined {
  try {
    compilePattern(text, subject);
    return undefined;
  } catch (error) {
    if (!(error instanceof RegsweepError)) throw error;
    return error.remedy === undefined ? [error.message] : [error.message, error.remedy];
  }
}

/** @returns a matcher that accepts a name if any pattern does; without patterns, none */
export function anyMatches(patterns: readonly string[], subject: Subject): Matcher {
  const all = patterns.map((text) => compilePattern(text, subject));
  return (name) => all.some((matches) => matches(name));
}
