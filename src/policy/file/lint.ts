/** Warnings about policies that are valid but probably mistakes. */

import { exactDuration } from '../../util/duration.js';
import { isRegularExpression } from '../../util/pattern/index.js';
import type {
  EcrRetention,
  EcrRule,
  KeepRetention,
  Policy,
  PolicyEntry,
  RuleSelection,
} from '../model/types.js';
import { ruleText } from '../rules/ecr.js';
import { matchesPattern } from '../rules/tags.js';

export type WarningCode =
  | 'list-is-and'
  | 'single-tag'
  | 'never-matches'
  | 'shadowed'
  | 'empties-repository'
  | 'other-repository'
  | 'protects-nothing'
  | 'matches-no-repository'
  | 'matches-no-tag'
  | 'takes-most'
  | 'unanchored';

export interface PolicyWarning {
  readonly code: WarningCode;
  /** `file:line:column`. */
  readonly at: string;
  readonly message: string;
}

/** @returns warnings in the order of the file; each one once, even if entries share a retention */
export function lintPolicy(policy: Policy): PolicyWarning[] {
  const all = [
    ...shadowedEntries(policy.entries),
    ...policy.entries.flatMap(unanchored),
    ...policy.entries.flatMap(({ retention }) =>
      retention.kind === 'ecr' ? ecrWarnings(retention) : keepWarnings(retention),
    ),
  ];
  const seen = new Set<string>();
  return all.filter(({ code, at, message }) => {
    const key = JSON.stringify([code, at, message]);
    return !seen.has(key) && seen.add(key);
  });
}

function ecrWarnings(retention: EcrRetention): PolicyWarning[] {
  const { rules, awsRepository, at } = retention;
  const out = rules.flatMap((rule, i) => [
    ...listWarnings(rule),
    ...shadowedRule(rule, rules.slice(0, i)),
    ...emptying(rule),
  ]);
  if (awsRepository === undefined) return out;
  const message = `this policy is from the repository "${awsRepository}"; here it applies to every repository it is used for`;
  return [{ code: 'other-repository', at, message }, ...out];
}

function listWarnings({ selection, priority, at }: EcrRule): PolicyWarning[] {
  const { patterns = [], prefixes = [] } = selection;
  const out: PolicyWarning[] = [];
  if (patterns.length + prefixes.length > 1) {
    const list = [...patterns, ...prefixes].join(', ');
    const message = `rule ${priority} selects only images that match all of ${list}; to select images that match any of them, write one rule for each`;
    out.push({ code: 'list-is-and', at, message });
  }
  for (const pattern of patterns.filter((text) => !text.includes('*'))) {
    const message = `rule ${priority}: the pattern "${pattern}" has no wildcard, so it matches only that tag`;
    out.push({ code: 'single-tag', at, message });
  }
  const unmatchable = [
    ...prefixes.filter((text) => !TAG.test(text)),
    ...patterns.filter((text) => !PATTERN.test(text)),
  ];
  for (const text of unmatchable) {
    const message = `rule ${priority}: no tag can match "${text}"${prefixes.includes(text) && text.includes('*') ? ' (* is not a wildcard in a tagPrefixList; use a tagPatternList)' : ''}`;
    out.push({ code: 'never-matches', at, message });
  }
  return out;
}

const TAG = /^\w[\w.-]{0,127}$/;
const PATTERN = /^[\w*][\w.*-]{0,127}$/;

/** A rule expires nothing if an earlier rule selects every image that it selects. */
function shadowedRule(rule: EcrRule, before: readonly EcrRule[]): PolicyWarning[] {
  const by = before.find(({ selection }) => covers(selection, rule.selection));
  const message =
    by !== undefined
      ? `rule ${rule.priority} never expires anything: rule ${by.priority} selects all of its images first`
      : rule.selection.tagStatus === 'any' && selectsEverything(before)
        ? `rule ${rule.priority} never expires anything: the rules before it select all images, tagged and untagged`
        : undefined;
  return message === undefined ? [] : [{ code: 'shadowed', at: rule.at, message }];
}

/** @returns whether `wide` selects everything that `narrow` selects */
function covers(wide: RuleSelection, narrow: RuleSelection): boolean {
  if (wide.tagStatus !== narrow.tagStatus) return false;
  // Regular expressions are not compared.
  if (wide.expressions !== undefined || narrow.expressions !== undefined) return false;
  const inside = asPatterns(narrow);
  return asPatterns(wide).every((w) => inside.some((n) => matchesPattern(w, n)));
}

const asPatterns = ({ patterns = [], prefixes = [] }: RuleSelection): string[] => [
  ...patterns,
  ...prefixes.map((prefix) => `${prefix}*`),
];

function selectsEverything(rules: readonly EcrRule[]): boolean {
  const untagged = rules.some(({ selection }) => selection.tagStatus === 'untagged');
  const tagged = rules.some(({ selection }) => covers(selection, ALL_TAGGED));
  return untagged && tagged;
}

const ALL_TAGGED: RuleSelection = { tagStatus: 'tagged', patterns: ['*'] };

function emptying(rule: EcrRule): PolicyWarning[] {
  if (rule.limit.kind === 'count') return [];
  if (rule.selection.tagStatus !== 'any' && !covers(rule.selection, ALL_TAGGED)) return [];
  const message = `${ruleText(rule)}: would empty a repository without a ${rule.limit.kind === 'age' ? 'push' : 'pull'} for ${rule.limit.days} days; its last image is kept unless --allow-empty is given`;
  return [{ code: 'empties-repository', at: rule.at, message }];
}

function keepWarnings(retention: KeepRetention): PolicyWarning[] {
  const { rules, grouped, ageBy, at } = retention;
  const [rule] = rules;
  if (grouped) return groupWarnings(retention);
  const { keepLast, keepWithin, pulledWithin, minAge } = rule!;
  if (keepLast !== undefined) return [];
  const span = Math.max(keepWithin ?? 0, minAge ?? 0, pulledWithin ?? 0);
  const when = span === 0 ? '' : ` for ${exactDuration(span)}`;
  const what = ageBy === 'created' ? 'without a new image' : 'without a push';
  const message =
    span === 0
      ? 'no keepLast: would empty a repository in which no tag matches keepTags; its last image is kept unless --allow-empty is given'
      : `no keepLast: would empty a repository ${what}${when}; its last image is kept unless --allow-empty is given`;
  return [{ code: 'empties-repository', at, message }];
}

/** A pattern that selects more than the author intended lets more images expire. */
function unanchored({ match, retention, at }: PolicyEntry): PolicyWarning[] {
  const selecting =
    retention.kind === 'ecr'
      ? retention.rules.flatMap(({ selection }) => selection.expressions ?? [])
      : retention.rules.flatMap(({ select }) => (typeof select === 'string' ? [] : select));
  const loose = [...match, ...selecting].filter(
    (text) => isRegularExpression(text) && !/^\/\^|\$\/i?$/.test(text),
  );
  return loose.map((text) => {
    const message = `${text} matches anywhere in a name; to anchor it, write /^…/ or /…$/`;
    return { code: 'unanchored', at, message };
  });
}

/** Warns about a rule for all tags if no rule with `keepLast` applies to tagged images. */
function groupWarnings({ rules, at }: KeepRetention): PolicyWarning[] {
  const all = rules.filter(({ select }) => Array.isArray(select) && select.includes('*'));
  const counts = rules.some(
    ({ select, keepLast }) => keepLast !== undefined && select !== 'untagged',
  );
  if (all.length === 0 || counts) return [];
  const message =
    'no keepLast: would empty a repository that is not used for a long time; its last image is kept unless --allow-empty is given';
  return [{ code: 'empties-repository', at, message }];
}

function shadowedEntries(entries: readonly PolicyEntry[]): PolicyWarning[] {
  return entries.flatMap((entry, i) => {
    const before = entries.slice(0, i).flatMap(({ match }) => match);
    if (!entry.match.every((glob) => before.some((earlier) => globCovers(earlier, glob))))
      return [];
    const message = `never applies: earlier entries match all of ${entry.match.join(', ')}`;
    return [{ code: 'shadowed', at: entry.at, message }];
  });
}

/** @returns true only for equal globs, `**`, and `name/**` that covers a glob below `name` */
function globCovers(wide: string, narrow: string): boolean {
  if (wide === narrow || wide === '**') return true;
  if (!wide.endsWith('/**')) return false;
  const folder = wide.slice(0, -2);
  return !/[*?[\](){}!+@|\\]/.test(folder) && narrow.startsWith(folder) && !narrow.includes('..');
}
