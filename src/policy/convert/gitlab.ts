/**
 * Converts GitLab's cleanup policy of a project: `keep_n`, `older_than`, `name_regex`,
 * `name_regex_keep`.
 */
import {
  type Conversion,
  type ConvertedRule,
  type Data,
  durationOf,
  wholeTag,
} from './conversion.js';

export function fromGitlab(policy: Data): Conversion {
  const notes: string[] = [
    'GitLab has one policy per project: list the project’s repositories in match.',
  ];
  if (policy.enabled === false) notes.push('The policy is not enabled.');
  const remove = policy.name_regex_delete ?? policy.name_regex;
  const rule: ConvertedRule = {
    tags: [typeof remove === 'string' && remove !== '' ? wholeTag(remove) : '*'],
  };
  if (typeof policy.keep_n === 'number') rule.keepLast = policy.keep_n;
  const span = durationOf(policy.older_than);
  if (span !== undefined) rule.keepWithin = span;
  else if (policy.older_than != null)
    notes.push(`older_than ${JSON.stringify(policy.older_than)} is not a duration.`);
  const keep = policy.name_regex_keep;
  // GitLab leaves these out before it counts.
  rule.exceptTags = ['latest'];
  if (typeof keep === 'string' && keep !== '') rule.exceptTags.push(wholeTag(keep));
  if (policy.cadence !== undefined)
    notes.push(`cadence ${policy.cadence}: use a timer instead (packaging/systemd).`);
  const keepsNothing = rule.keepLast === undefined && rule.keepWithin === undefined;
  if (keepsNothing)
    notes.push('The policy keeps nothing that it selects, so it was not converted.');
  return {
    entries: [{ match: ['**'], ...(keepsNothing ? { keepTags: ['*'] } : { rules: [rule] }) }],
    notes,
  };
}
