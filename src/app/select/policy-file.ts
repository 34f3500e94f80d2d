/** Policy files: their text goes into plans, so that a plan says by which policy it was made. */
import { readFileSync } from 'node:fs';
import { parsePolicy } from '../../policy/file/parse.js';
import { RegsweepError } from '../../util/errors.js';
import { type PolicySource, rememberPolicy } from './policy-source.js';

/** @throws RegsweepError `usage` where it, or a file that it names, can't be read or is not valid */
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

/** A policy that options make. @param name what they are called, for messages */
export function policyFromText(text: string, name: string): PolicySource {
  const source: PolicySource = { file: name, text, included: {} };
  parseSource(source);
  return source;
}

/** @throws RegsweepError `usage` where it is not valid */
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
      remedy:
        'name a policy file that is there and can be read; docs/policy.md shows what it holds',
    });
  }
}
