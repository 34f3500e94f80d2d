/** Recognizes policies of other programs by their fields. */
import type { Conversion, Data } from './conversion.js';
import { fromGitlab } from './gitlab.js';
import { fromGoogle } from './google.js';
import { fromHarbor } from './harbor.js';
import { fromZot } from './zot.js';

export interface Tool {
  readonly name: string;
  readonly convert: () => Conversion;
}

const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns the program that uses policies of this form; undefined if it is not known */
export function toolOf(value: unknown): Tool | undefined {
  if (Array.isArray(value)) {
    const isGoogle =
      value.length > 0 && value.every((one) => isData(one) && 'action' in one && 'name' in one);
    return isGoogle
      ? { name: 'Google Artifact Registry', convert: () => fromGoogle(value) }
      : undefined;
  }
  if (!isData(value)) return undefined;
  const { rules } = value;
  const isHarbor = (one: unknown): boolean =>
    isData(one) && ('scope_selectors' in one || 'tag_selectors' in one);
  if (Array.isArray(rules) && rules.some(isHarbor)) {
    return { name: 'Harbor', convert: () => fromHarbor(value) };
  }
  const expiration =
    value.container_expiration_policy_attributes ?? value.container_expiration_policy ?? value;
  if (isData(expiration) && GITLAB.some((name) => name in expiration)) {
    return { name: 'GitLab', convert: () => fromGitlab(expiration) };
  }
  const storage = isData(value.storage) ? value.storage : value;
  const retention = isData(storage.retention) ? storage.retention : undefined;
  if (retention !== undefined && Array.isArray(retention.policies)) {
    return { name: 'zot', convert: () => fromZot(retention) };
  }
  return undefined;
}

const GITLAB = ['keep_n', 'name_regex', 'name_regex_keep', 'name_regex_delete', 'older_than'];
