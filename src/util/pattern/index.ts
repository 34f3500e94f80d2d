/** Patterns on names: globs as in bash, or `/regular expressions/`. One matcher for all of them. */
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

const LONGEST = 2000;

const compiled = new Map<string, Matcher>();
const MOST_COMPILED = 10_000;

/** @throws RegsweepError `usage`, whose remedy says what to write */
export function compilePattern(text: string, subject: Subject): Matcher {
  const key = `${subject} ${text}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = isRegularExpression(text)
    ? regularExpression(text, subject)
    : globMatcher(text, subject);
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(key, made);
  return made;
}

function globMatcher(text: string, subject: Subject): Matcher {
  if (text === '') throw usageError('a pattern is empty', 'leave it out');
  if (text.length > LONGEST) throw usageError(`a pattern is longer than ${LONGEST}`);
  if (/\]\{\d+,?\d*\}/.test(text)) {
    throw usageError(`"${text}": "{ }" is of a regular expression, not of a glob`, bothForms(text));
  }
  const globs = expandBraces(text).map((one) => {
    if (one === '') throw usageError(`"${text}": one of its alternatives is empty`);
    return parseGlob(one, subject, text);
  });
  return (name) => globs.some((parts) => matchParts(parts, name));
}

/** What is wrong with a pattern, and the way out. */
export function patternProblem(text: string, subject: Subject): [string, string?] | undefined {
  try {
    compilePattern(text, subject);
    return undefined;
  } catch (error) {
    if (!(error instanceof RegsweepError)) throw error;
    return error.remedy === undefined ? [error.message] : [error.message, error.remedy];
  }
}

/** True where any of the patterns matches; none match nothing. */
export function anyMatches(patterns: readonly string[], subject: Subject): Matcher {
  const all = patterns.map((text) => compilePattern(text, subject));
  return (name) => all.some((matches) => matches(name));
}
