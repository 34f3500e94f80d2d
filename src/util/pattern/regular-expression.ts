/** `/…/` and `/…/i`: regular expressions in the syntax of RE2, which match in linear time. */
import { RE2JS } from 're2js';
import { usageError } from '../errors.js';
import type { Subject } from './glob-model.js';

const MAX_LENGTH = 1000;

/** @returns whether a pattern is written as a regular expression, valid or not */
export const isRegularExpression = (text: string): boolean => /^\/.*\/[a-z]*$/s.test(text);

/**
 * Matches anywhere in a name; `^` and `$` anchor it to the ends.
 * @throws RegsweepError `usage` if the expression is invalid, or matches every name
 */
export function regularExpression(text: string, subject: Subject): (name: string) => boolean {
  const [, body = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  if (flags !== '' && flags !== 'i') {
    throw usageError(`"${text}": unknown flag "${flags}"`, 'only /…/i is supported (ignore case)');
  }
  if (body === '')
    throw usageError(`"${text}": an empty regular expression`, `write ${ALL[subject]} for all`);
  if (body.length > MAX_LENGTH)
    throw usageError(`a regular expression is longer than ${MAX_LENGTH} characters`);
  const expression = compiled(text, body, flags);
  const matches = (name: string): boolean => expression.matcher(name).find();
  if (PROBES.every(matches)) {
    throw usageError(
      `"${text}" matches every ${subject}`,
      `write ${ALL[subject]} to match all, or anchor it: /^…/`,
    );
  }
  return matches;
}

const ALL: Readonly<Record<Subject, string>> = { repository: '"**"', tag: '"*"' };

/**
 * An expression that matches all of these does not distinguish names, so it is surely a mistake.
 */
const PROBES = [
  '',
  ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-',
  'v1.2.3-rc.1_x',
  'x'.repeat(128),
];

function compiled(text: string, body: string, flags: string): RE2JS {
  try {
    return RE2JS.compile(body, flags === 'i' ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (cause) {
    const why = (cause as Error).message.replace(/^error parsing regexp: /, '');
    const remedy = /\(\?[=!<]|\\[1-9]/.test(body)
      ? 'lookaround and backreferences are not supported; a glob can exclude: !(*-rc*)'
      : 'use RE2 syntax: github.com/google/re2/wiki/Syntax';
    throw usageError(`"${text}" is not a valid regular expression: ${why}`, remedy);
  }
}
