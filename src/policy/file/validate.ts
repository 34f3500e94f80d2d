/** Validates a source with a schema, and converts the issues to problems with positions. */
import { z } from 'zod';
import { nearest } from '../../util/nearest-word.js';
import type { Path, PolicyProblem, PositionedText } from './positioned-text.js';

/** @throws RegsweepError `usage` with every problem, its position and path */
export function validate<T extends z.ZodType>(schema: T, source: PositionedText): z.output<T> {
  const result = schema.safeParse(source.value());
  if (result.success) return result.data;
  throw source.error(result.error.issues.flatMap((issue) => problemsOf(issue, schema)));
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType): PolicyProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)) as Path;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path, key, message: unknownField(key, schema, path) }));
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

function unknownField(key: string, schema: z.ZodType, path: Path): string {
  const near = nearest(key, fieldsAt(schema, path));
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return `unknown field${hint}`;
}

/** @returns the names of the fields that the schema allows at a path */
function fieldsAt(schema: z.ZodType, path: Path): string[] {
  let node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  for (const part of path) {
    const options = [node, ...(node.anyOf ?? [])];
    const next = options.map((one) =>
      typeof part === 'number' ? one.items : one.properties?.[part],
    );
    node = next.find((one) => one !== undefined) ?? {};
  }
  return [node, ...(node.anyOf ?? [])].flatMap(({ properties = {} }) => Object.keys(properties));
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}
