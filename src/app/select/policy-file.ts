/** Policy files. Their text is saved in plans, so that a plan contains its policy. */
import { readFileSync } from 'node:fs';
import { parsePolicy } from '../../policy/file/parse.js';
import { RegsweepError, usageError } from '../../util/errors.js';
import { type PolicySource, rememberPolicy } from './policy-source.js';

/** @throws RegsweepError `usage` if it, or a file that it names, can't be read or is not valid */
export function readPolicy(file: string): PolicySource {
  const included: Record<string, string> = {};
  const text = readText(file);
  const policy = parsePolicy(text, file, (path) => {
    included[path] = readFileSync(path, 'utf8');
    return included[path];
  });
  const source: PolicySource = { file, text, included };
  rememberPolicy(source, policy);
  return source;
}

export interface KeepOptions {
  readonly keepLast?: number | undefined;
  readonly keepWithin?: string | undefined;
  readonly keepTags?: readonly string[] | undefined;
}

/**
 * The policy of a file, or of `--keep-last` and similar options.
 * @param names names of the options that were given; empty if none was
 * @throws RegsweepError `usage`
 */
export function policyOfOptions(
  file: string | undefined,
  options: KeepOptions,
  names: string,
): PolicySource | undefined {
  if (names === '') return file === undefined ? undefined : readPolicy(file);
  if (file !== undefined) {
    throw usageError(`${names} can’t be used with a policy file`, 'write the rule into the file');
  }
  const entry = { match: ['**'], ...options };
  const text = JSON.stringify({ version: 1, repositories: [entry] });
  const source: PolicySource = { file: names, text, included: {} };
  parseSource(source);
  return source;
}

/** @throws RegsweepError `usage` if it is not valid */
export function parseSource(source: PolicySource): void {
  const { file, text, included } = source;
  const policy = parsePolicy(text, file, (path) => {
    const content = Object.hasOwn(included, path) ? included[path] : undefined;
    if (content === undefined) throw new Error('it is not part of the plan');
    return content;
  });
  rememberPolicy(source, policy);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RegsweepError('usage', `policy ${path}: ${(cause as Error).message}`, {
      path,
      cause,
      remedy: 'give a readable policy file; docs/policy.md describes its format',
    });
  }
}
