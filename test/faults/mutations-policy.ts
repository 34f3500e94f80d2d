/** Mistakes in patterns, policies, and in what keeps images from them. */
import { type Mutation, vitest } from './checks.js';

const PATTERNS = vitest('test/pattern');
const POLICY = vitest('test/policy/groups.test.ts');
const PULLS = vitest('test/pulls');
const WARNINGS = vitest('test/cli/policy-warnings.test.ts');
const CONVERT = vitest('test/policy/convert.test.ts');
const KEEP_LIST = vitest('test/cli/keep-digests.test.ts');

export const POLICY_MUTATIONS: readonly Mutation[] = [
  {
    what: '[!d] means "! or d"',
    file: 'util/pattern/bracket.ts',
    find: "const isNot = chars[start + 1] === '!' || chars[start + 1] === '^';",
    replace: "const isNot = chars[start + 1] === '^';",
    noticedBy: PATTERNS,
  },
  {
    what: 'a regular expression without slashes passes as a glob',
    file: 'util/pattern/parse-glob.ts',
    find: "if ('^$|+()'.includes(char)) throw this.#notGlob(char);",
    replace: '',
    noticedBy: PATTERNS,
  },
  {
    what: 'what no rule of a group selects goes',
    file: 'policy/rules/keep.ts',
    find: "if (selecting.length === 0) return kept('no rule selects it');",
    replace: '',
    noticedBy: POLICY,
  },
  {
    what: 'an image without a record of pulls was never pulled',
    file: 'policy/rules/pulls.ts',
    find: 'return Math.max(pulledAt, pushedAt, touchedAt, pullsSince ?? now);',
    replace: 'return Math.max(pulledAt, pushedAt, touchedAt);',
    noticedBy: POLICY,
  },
  {
    what: 'records of pulls count in spite of a gap',
    file: 'app/pulls/records.ts',
    find: 'if (last !== undefined && from <= last[1] + LONGEST_SILENCE)',
    replace: 'if (last !== undefined)',
    noticedBy: PULLS,
  },
  {
    what: 'latest is not protected',
    file: 'policy/file/parse.ts',
    find: "latest && !tags.includes('latest') ? ['latest', ...tags] : tags",
    replace: 'tags',
    noticedBy: POLICY,
  },
  {
    what: 'what of a list of running images is not understood is passed by',
    file: 'app/select/keep-list.ts',
    find: 'if (!isUnderstood(word)) throw notUnderstood(where, word);',
    replace: '',
    noticedBy: KEEP_LIST,
  },
  {
    what: 'maxDelete is a limit only where both of its numbers are exceeded',
    file: 'policy/removals/limit.ts',
    find: 'expiring <= maxImages && expiring <= share * images.length',
    replace: 'expiring <= maxImages || expiring <= share * images.length',
    noticedBy: WARNINGS,
  },
  {
    what: 'a protect that protects nothing is not told',
    file: 'policy/removals/tree-warnings.ts',
    find: '...protectWarnings(policy, facts),',
    replace: '',
    noticedBy: WARNINGS,
  },
  {
    what: 'exceptTags excepts nothing',
    file: 'policy/rules/keep.ts',
    find: 'image.tags.some(isException) ? undefined : selects(image)',
    replace: 'image.tags.every(isException) ? undefined : selects(image)',
    noticedBy: POLICY,
  },
  {
    what: 'an exclusion of Harbor becomes several patterns',
    file: 'policy/convert/harbor.ts',
    find: "inner.replaceAll(',', '|')",
    replace: 'inner',
    noticedBy: CONVERT,
  },
];
