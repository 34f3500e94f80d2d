/** A policy's text and its parsed form. The parser is loaded only when it is needed. */
import type { Policy } from '../../policy/index.js';

export interface PolicySource {
  readonly file: string;
  readonly text: string;
  /** Contents of the files that it names, by path. */
  readonly included: Readonly<Record<string, string>>;
}

const understood = new WeakMap<PolicySource, Policy>();

/** policy-file.ts stores the parsed policy here. */
export function rememberPolicy(source: PolicySource, policy: Policy): void {
  understood.set(source, policy);
}

/** The policy of a source that policy-file.ts has read. */
export function policyOf(source: PolicySource): Policy {
  const policy = understood.get(source);
  if (policy === undefined) throw new Error(`${source.file} was never parsed`);
  return policy;
}
