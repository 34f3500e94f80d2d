/** A policy as it was given, and as it was understood. What parses it is loaded only when needed. */
import type { Policy } from '../../policy/index.js';

export interface PolicySource {
  readonly file: string;
  readonly text: string;
  /** Files that it names, by path. */
  readonly included: Readonly<Record<string, string>>;
}

const understood = new WeakMap<PolicySource, Policy>();

/** policy-file.ts keeps here what it has parsed. */
export function rememberPolicy(source: PolicySource, policy: Policy): void {
  understood.set(source, policy);
}

/** The policy of a source that policy-file.ts has read. */
export function policyOf(source: PolicySource): Policy {
  const policy = understood.get(source);
  if (policy === undefined) throw new Error(`${source.file} was never parsed`);
  return policy;
}
