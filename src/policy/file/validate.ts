/** Runs a schema over a source and turns its issues into problems with places. */
import type { z } from 'zod';
import type { Path, PolicyProblem, PositionedText } from './positioned-text.js';

/** @throws RegsweepError `usage` with every problem, its place and path */
export function validate<T extends z.ZodType>(schema: T, source: PositionedText): z.output<T> {
  const result = schema.safeParse(source.value());
  if (result.success) return result.data;
  throw source.error(result.error.issues.flatMap(problemsOf));
}

function problemsOf(issue: z.core.$ZodIssue): PolicyProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)) as Path;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path, key, message: 'this field is not known' }));
  }
  return [{ path, message: messageOf(issue) }];
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.includes('received undefined')
        ? `is missing (${issue.expected})`
        : `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    default:
      return issue.message;
  }
}

function article(type: string): string {
  if (type === 'int' || type === 'number') return 'a whole number';
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type === 'array' ? 'array (a list)' : type}`;
}
