/** Warnings that need the tree: patterns that match nothing, and rules that remove most tags. */
import type { Facts, RepositoryFacts } from '../../facts/types.js';
import { nodeOf } from '../../facts/types.js';
import { parseDigest } from '../../storage/digest.js';
import { compilePattern } from '../../util/pattern/index.js';
import type { PolicyWarning } from '../file/lint.js';
import type { Policy, PolicyEntry } from '../model/types.js';
import { entryFor } from '../rules/decide.js';
import { matchesPattern } from '../rules/tags.js';
import { versionOf } from '../rules/versions.js';
import type { RepositoryDecisions } from './decide-all.js';

const SHOWN = 10;

/** @param decided the decisions of the policy about this tree */
export function treeWarnings(
  policy: Policy,
  facts: Facts,
  decided: readonly RepositoryDecisions[],
): PolicyWarning[] {
  const { repositories } = facts;
  const byEntry = new Map<PolicyEntry, RepositoryFacts[]>();
  for (const repository of repositories) {
    const entry = entryFor(policy, repository.name);
    if (entry !== undefined) byEntry.set(entry, [...(byEntry.get(entry) ?? []), repository]);
  }
  return [
    ...protectWarnings(policy, facts),
    ...policy.entries.flatMap((entry) =>
      entryWarnings(entry, byEntry.get(entry) ?? [], repositories),
    ),
    ...removesMost(decided),
  ];
}

function protectWarnings({ protect, entries, file }: Policy, facts: Facts): PolicyWarning[] {
  const all = new Set(facts.repositories.flatMap(({ tags }) => tags.names));
  const names = [...all];
  const at = entries[0]?.at.replace(/:\d+:\d+$/, ':1:1') ?? file;
  const patterns = protect.tags.filter(
    (text) => text !== 'latest' && !names.some(compilePattern(text, 'tag')),
  );
  const digests = protect.digests.filter((text) => {
    const digest = parseDigest(text);
    return digest === undefined || nodeOf(facts, digest) === undefined;
  });
  return [
    ...patterns.map(
      (text) => `protect: "${text}" matches no tag in the tree, so it protects nothing`,
    ),
    ...digests.map((text) => `protect: ${text} is not in the tree`),
  ].map((message) => ({ code: 'protects-nothing', at, message }));
}

function entryWarnings(
  { match, retention, at }: PolicyEntry,
  matching: readonly RepositoryFacts[],
  all: readonly RepositoryFacts[],
): PolicyWarning[] {
  const unmatched = match.filter((text) => {
    const matches = compilePattern(text, 'repository');
    return !all.some(({ name }) => matches(name));
  });
  if (all.length === 0) return [];
  const warnings: PolicyWarning[] = unmatched.map((text) => ({
    code: 'matches-no-repository',
    at,
    message: `match: "${text}" matches no repository in the tree`,
  }));
  if (matching.length === 0) return warnings;
  const tags = [...new Set(matching.flatMap((one) => one.tags.names))];
  const unmatchedTag = (
    what: string,
    text: string,
    matches: (tag: string) => boolean,
  ): PolicyWarning[] =>
    tags.some(matches)
      ? []
      : [
          {
            code: 'matches-no-tag',
            at,
            message: `${what}: "${text}" matches no tag of its repositories`,
          },
        ];
  if (retention.kind === 'ecr') {
    for (const { selection, priority, at: place } of retention.rules) {
      const { patterns = [], prefixes = [], expressions = [] } = selection;
      const name = `rule ${priority}`;
      const found = [
        ...patterns.flatMap((text) => unmatchedTag(name, text, (tag) => matchesPattern(text, tag))),
        ...prefixes.flatMap((text) => unmatchedTag(name, text, (tag) => tag.startsWith(text))),
        ...expressions.flatMap((text) => unmatchedTag(name, text, compilePattern(text, 'tag'))),
      ];
      warnings.push(...found.map((one) => ({ ...one, at: place })));
    }
    return warnings;
  }
  for (const [i, { select, except = [], keepTags = [], sortBy }] of retention.rules.entries()) {
    const name = retention.grouped ? `rules[${i}]` : 'keepTags';
    const selecting = typeof select === 'string' ? [] : select;
    for (const text of [...selecting, ...except, ...keepTags]) {
      warnings.push(...unmatchedTag(name, text, compilePattern(text, 'tag')));
    }
    if (sortBy === 'semver' && !tags.some((tag) => versionOf(tag) !== undefined)) {
      const message = `${name}: sortBy semver: no tag of its repositories is a version, so all are kept`;
      warnings.push({ code: 'matches-no-tag', at, message });
    }
  }
  return warnings;
}

/** Warns if more than half of a repository's tags would be removed, if it has at least two. */
function removesMost(decided: readonly RepositoryDecisions[]): PolicyWarning[] {
  const rows = decided.flatMap(({ repository, entry, decisions }) => {
    const count = (action?: string): number =>
      decisions
        .filter((one) => action === undefined || one.action === action)
        .reduce((sum, { image }) => sum + image.tags.length, 0);
    const [all, going] = [count(), count('expire')];
    if (all < 2 || going * 2 <= all) return [];
    const message = `expires ${going} of ${all} tags of ${repository}`;
    return [{ code: 'takes-most' as const, at: entry ?? '', message, going }];
  });
  rows.sort((a, b) => b.going - a.going);
  const shown = rows.slice(0, SHOWN).map(({ going: _, ...row }) => row);
  const rest = rows.length - SHOWN;
  if (rest <= 0) return shown;
  const message = `and over half of the tags of ${rest} more repositories`;
  return [...shown, { code: 'takes-most', at: shown[0]!.at, message }];
}
