/** Validates the content of a settings file. */
import { parse } from 'yaml';
import { z } from 'zod';
import { type ApprovalSection, approvalSchema } from '../../app/approval/rule.js';
import { usageError } from '../../util/errors.js';
import { nearest } from '../../util/nearest-word.js';
import { isListType, OPTION_NAMES, type OptionType, optionSpec } from '../args/option-table.js';

const scalar = [z.string(), z.number()] as const;

const EXPECTED: Readonly<Record<OptionType, string>> = {
  flag: 'true or false',
  text: 'a text',
  list: 'a text, or a list of texts',
  duration: 'a number and a unit, such as 30m, 24h or 7d',
  percent: 'a percentage from 0% to 100%',
  rate: 'bytes per second, such as 500k or 50M',
  count: 'a whole number of at least 1',
  kinds: 'a list of kinds of items',
  'url-list': 'a URL, or a list of URLs',
};

const guardSchema = z.strictObject({
  bystanders: z
    .array(
      z.strictObject({
        command: z.string().min(1),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'not a sha256 in lowercase hex'),
      }),
    )
    .optional(),
});

function fileSchema() {
  const shape: Record<string, z.ZodType> = {};
  for (const name of OPTION_NAMES) {
    if (name === 'settings') continue;
    const { type } = optionSpec(name);
    const expected = { error: `expected ${EXPECTED[type]}` };
    const value =
      type === 'flag'
        ? z.boolean(expected)
        : z.union(isListType(type) ? [...scalar, z.array(z.union(scalar))] : scalar, expected);
    shape[name] = value.optional();
  }
  return z.strictObject({
    ...shape,
    guard: guardSchema.optional(),
    approval: approvalSchema.optional(),
  });
}

type FileContent = Record<string, unknown> & {
  guard?: z.infer<typeof guardSchema>;
  approval?: ApprovalSection;
};

/** @throws RegsweepError `usage` with the wrong keys and values */
export function validated(path: string, text: string): FileContent {
  let content: unknown;
  try {
    content = parse(text) ?? {};
  } catch (error) {
    throw usageError(`settings file ${path}: ${(error as Error).message}`);
  }
  const result = fileSchema().safeParse(content);
  if (result.success) return result.data as FileContent;
  throw usageError(`settings file ${path}: ${result.error.issues.map(issueText).join('; ')}`);
}

function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .map((key) => {
        const near = nearest(key, OPTION_NAMES);
        return `unknown key "${key}"${near === undefined ? '' : ` (did you mean "${near}"?)`}`;
      })
      .join('; ');
  }
  return `${issue.path.join('.') || 'the file'}: ${issue.message}`;
}
