/**
 * Converts zot's retention. For each list of repositories, zot keeps the tags that an entry of
 * `keepTags` keeps.
 */
import {
  type Conversion,
  type ConvertedEntry,
  type ConvertedRule,
  type Data,
  durationOf,
} from './conversion.js';

const list = (value: unknown): Data[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export function fromZot(retention: Data): Conversion {
  const notes = new Set<string>();
  if (retention.dryRun === true) notes.add('The policy is a dry run (dryRun: true).');
  const delay = durationOf(retention.delay) ?? '1d';
  const entries = list(retention.policies).map((policy): ConvertedEntry => {
    const match = texts(policy.repositories);
    const rules = list(policy.keepTags).flatMap((keep) => ruleOf(keep, notes));
    if (list(policy.keepTags).length > 0) {
      notes.add('zot removes tags that no pattern of keepTags matches. Here they are kept.');
    }
    if (policy.deleteUntagged !== false) rules.push({ untagged: true, keepWithin: delay });
    if (policy.deleteReferrers !== undefined)
      notes.add('deleteReferrers: here referrers are removed with their subject.');
    return rules.length > 0 ? { match, rules } : { match, keepTags: ['*'] };
  });
  return { entries, notes: [...notes] };
}

function ruleOf(keep: Data, notes: Set<string>): ConvertedRule[] {
  const patterns = texts(keep.patterns).map((text) =>
    /^\^?\.\*\$?$/.test(text) ? '*' : `/${text}/`,
  );
  const rule: ConvertedRule = { tags: patterns.length > 0 ? patterns : ['*'] };
  if (typeof keep.mostRecentlyPushedCount === 'number')
    rule.keepLast = keep.mostRecentlyPushedCount;
  const pushed = durationOf(keep.pushedWithin);
  const pulled = durationOf(keep.pulledWithin);
  if (pushed !== undefined) rule.keepWithin = pushed;
  if (pulled !== undefined) rule.pulledWithin = pulled;
  if (keep.mostRecentlyPulledCount !== undefined) {
    notes.add('mostRecentlyPulledCount can’t be converted: its rule keeps everything it selects.');
    rule.keepTags = rule.tags!;
  }
  if (Object.keys(rule).length === 1) rule.keepTags = rule.tags!;
  return [rule];
}
