/** `/…/` and `/…/i`: regular expressions in RE2's syntax, which match in linear time. */
import { RE2JS } from 're2js';
import { usageError } from '../errors.js';
import type { Subject } from './glob-model.js';

const LONGEST = 1000;

export const isRegularExpression = (text: string): boolean => /^\/.*\/[a-z]*$/s.test(text);

/**
 * Matches anywhere in a name, as everywhere else: `^` and `$` tie it to the ends.
 * @throws RegsweepError `usage` where it is none, or matches every name
 */
export function regularExpression(text: string, subject: Subject): (name: string) => boolean {
  const [, body = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  if (flags !== '' && flags !== 'i') {
    throw usageError(
      `"${text}": unknown flag "${flags}"`,
      'only /…/i is known: upper and lower case alike',
    );
  }
  if (body === '')
    throw usageError(`"${text}": an empty regular expression`, `write ${ALL[subject]} for all`);
  if (body.length > LONGEST) throw usageError(`a regular expression is longer than ${LONGEST}`);
  const expression = compiled(text, body, flags);
  const matches = (name: string): boolean => expression.matcher(name).find();
  if (PROBES.every(matches)) {
    throw usageError(
      `"${text}" matches every ${subject}: it needs no character to match`,
      `write ${ALL[subject]} where all are meant; else tie it to the start: /^…/`,
    );
  }
  return matches;
}

const ALL: Readonly<Record<Subject, string>> = { repository: '"**"', tag: '"*"' };

/** What matches all of these was hardly meant to tell one name from another. */
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
      ? 'lookaround and references to groups are not known; a glob can exclude: !(*-rc*)'
      : 'the syntax is that of RE2: github.com/google/re2/wiki/Syntax';
    throw usageError(`"${text}" is no regular expression: ${why}`, remedy);
  }
}
