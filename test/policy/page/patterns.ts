/** "Patterns", and policies of other programs. */
import { expect } from 'vitest';
import { compilePattern, patternProblem, type Subject } from '../../../src/util/pattern/index.js';
import { ecr, image } from '../helpers.js';
import { goes, type Row, row, shownBy } from './row.js';

const TAGS = [
  ...[
    'a',
    'b',
    'c',
    'd',
    'x',
    'ab',
    'aa',
    'v1',
    'v1.',
    'v1.2',
    'v10',
    '9',
    '10',
    '1.0',
    'RC',
    'dev1',
  ],
  ...['1.0-rc1', 'latest'],
];
const REPOSITORIES = ['prod', 'prod/web', 'prod/a/b', 'product', 'web', 'a', 'ab', 'a/b'];

const matching = (text: string, subject: Subject = 'tag'): string[] =>
  (subject === 'tag' ? TAGS : REPOSITORIES).filter(compilePattern(text, subject));

/** What a row of the table says of its first cell. */
const TABLE: readonly Row[] = [
  row("`*`, `?` | any text, any one character; in a repository's name not `/`", () => {
    expect(matching('*')).toEqual(TAGS);
    expect(matching('v1?')).toEqual(['v1.', 'v10']);
    expect(matching('prod*', 'repository')).toEqual(['prod', 'product']);
    expect(matching('a?b', 'repository')).toEqual([]);
  }),
  row(
    "`**` | as a complete part of a repository's name: any number of parts, also none. `prod/**` matches `prod` too",
    () => {
      expect(matching('prod/**', 'repository')).toEqual(['prod', 'prod/web', 'prod/a/b']);
      expect(matching('**/b', 'repository')).toEqual(['prod/a/b', 'a/b']);
      expect(matching('**', 'repository')).toEqual(REPOSITORIES);
    },
  ),
  row('`[abc]`, `[a-c]`, `[[:digit:]]` | one of these characters', () => {
    expect(matching('[abc]')).toEqual(['a', 'b', 'c']);
    expect(matching('[a-c]')).toEqual(['a', 'b', 'c']);
    expect(matching('[[:digit:]]')).toEqual(['9']);
  }),
  row('`[!x]`, `[^x]` | one other character', () => {
    expect(matching('[!x]')).toEqual(['a', 'b', 'c', 'd', '9']);
    expect(matching('[^x]')).toEqual(['a', 'b', 'c', 'd', '9']);
  }),
  row('`{a,b}`, `{1..9}` | each alternative', () => {
    expect(matching('{a,b}')).toEqual(['a', 'b']);
    expect(matching('v{1..9}')).toEqual(['v1']);
  }),
  row(
    '`@(a\\|b)`, `?(a)`, `*(a)`, `+(a)` | one of them; none or one; any number; one or more',
    () => {
      expect(matching('@(a|b)')).toEqual(['a', 'b']);
      expect(matching('a?(b)')).toEqual(['a', 'ab']);
      expect(matching('*(a)')).toEqual(['a', 'aa']);
      expect(matching('+(a)b')).toEqual(['ab']);
    },
  ),
  row('`!(a\\|b)` | anything but these. `!(*-rc*)` is each tag without `-rc` in it', () => {
    expect(matching('!(a|b)')).toEqual(TAGS.filter((tag) => tag !== 'a' && tag !== 'b'));
    expect(matching('!(*-rc*)')).toEqual(TAGS.filter((tag) => !tag.includes('-rc')));
  }),
  row('`\\*` | the character itself', () => {
    expect(['a', '*'].filter(compilePattern('\\*', 'tag'))).toEqual(['*']);
  }),
  row(
    "`/^v?[0-9]/`, `/rc/i` | a regular expression, in RE2's syntax. It matches anywhere in the name; `^` and `$` tie it to the ends",
    () => {
      expect(matching('/^v?[0-9]/')).toEqual([
        'v1',
        'v1.',
        'v1.2',
        'v10',
        '9',
        '10',
        '1.0',
        '1.0-rc1',
      ]);
      expect(matching('/rc/i')).toEqual(['RC', '1.0-rc1']);
      expect(matching('/^v1$/')).toEqual(['v1']);
      expect(patternProblem('/(a)\\1/', 'tag')).toBeDefined();
    },
  ),
];

const REFUSED = 'pattern/refused.test.ts';

const RULES: readonly Row[] = [
  shownBy(
    'Globs are those of bash with `extglob` and `globstar`.',
    'pattern/bash.test.ts',
    'globs are what bash says',
  ),
  row(
    'What bash would accept and no name can match is an error that says what to write: a `!` in front, an open bracket, quotation marks, `[z-a]`, a `/` in a tag.',
    () => {
      for (const text of ['!dev*', '[abc', '"v*"', '[z-a]', 'prod/*']) {
        expect(patternProblem(text, 'tag')).toBeDefined();
      }
    },
  ),
  row(
    'A text that can only be meant as a regular expression (`^v1`, `a|b`, `v1.*`, `\\d+`) is an error that offers both forms.',
    () => {
      for (const text of ['^v1', 'a|b', 'v1.*', '\\d+']) {
        const problem = JSON.stringify(patternProblem(text, 'tag'));
        expect(problem).toMatch(/as a regular expression: .*; as a glob: /);
      }
    },
  ),
  row('`v1[.]*` is the glob for all that begins with `v1.`.', () => {
    expect(matching('v1[.]*')).toEqual(['v1.', 'v1.2']);
  }),
  shownBy(
    'A regular expression that matches every name is an error.',
    REFUSED,
    'matches every tag',
  ),
  shownBy(
    '`policy check` warns of an expression without `^` or `$` that selects what may go.',
    'policy/groups.test.ts',
    'warns of an expression that selects anywhere in a tag',
  ),
  row("The lists of ECR policies keep AWS's rules: `*` is their only wildcard.", () => {
    const images = { a: image('a', 9, ['v?']), b: image('b', 9, ['v1']), c: image('c', 0, ['x']) };
    expect(goes(ecr({ priority: 1, patterns: ['v?'], days: 1 }), images)).toEqual(['a']);
  }),
];

const OTHERS: readonly Row[] = [
  shownBy(
    'These readings of what articles and other programs write are accepted, and each is told in one line: snake_case names, `action: expire` or `delete`, rules without a priority (their order), `countUnits`, a rule for tagged images without a list (all tags), and `tagSelector: {tagPattern, tagStatus}`, whose pattern is a regular expression.',
    'policy/dialects.test.ts',
    "describe('readings'",
  ),
  shownBy(
    'Line numbers and typographic quotation marks that were pasted along are errors.',
    'policy/dialects.test.ts',
    'what is wrong is named as what it is',
  ),
  shownBy(
    "`regsweep policy convert FILE` prints what of a policy of Harbor, GitLab, Google Artifact Registry or zot can be said here, and in comments what can't.",
    'policy/convert.test.ts',
    'what can’t be said is named',
  ),
  shownBy(
    "Of an article's policy it prints the ECR policy that AWS takes.",
    'policy/convert.test.ts',
    'comes out as AWS writes it',
  ),
];

export const PATTERNS: readonly Row[] = [
  shownBy(
    '`match`, `keepTags`, `protect`, `--repo`, `--exclude` and the references of `rm` take the same patterns.',
    'cli/same-patterns.test.ts',
    'one matcher for all of them',
  ),
  row('A pattern matches complete names:', () => {
    expect(matching('v1')).toEqual(['v1']);
    expect(matching('prod', 'repository')).toEqual(['prod']);
  }),
  ...TABLE,
  ...RULES,
  ...OTHERS,
];
