/** What is no glob, or hardly meant as one: an error that says what to write. */
import { describe, expect, it } from 'vitest';
import { compilePattern, patternProblem, type Subject } from '../../src/util/pattern/index.js';

const said = (text: string, subject: Subject = 'tag'): string =>
  (patternProblem(text, subject) ?? ['fine']).join(' → ');

const REGULAR: [string, string, string][] = [
  ['^v[0-9]+', '/^v[0-9]+/', 'v+([0-9])*'],
  ['^v[0-9]+$', '/^v[0-9]+$/', 'v+([0-9])'],
  ['v[0-9]+$', '/v[0-9]+$/', '*v+([0-9])'],
  ['release|stable', '/^(release|stable)$/', '{release,stable}'],
  ['^(release|stable)$', '/^(release|stable)$/', '{release,stable}'],
  ['(release|stable)', '/^((release|stable))$/', '{release,stable}'],
  ['v1.*', '/^v1.*$/', 'v1*'],
  ['v\\d+', '/^v\\d+$/', 'v+([0-9])'],
  ['v1\\.2', '/^v1\\.2$/', 'v1.2'],
  ['^v1\\.[0-9]+\\.[0-9]+$', '/^v1\\.[0-9]+\\.[0-9]+$/', 'v1.+([0-9]).+([0-9])'],
  ['.*', '/^.*$/', '*'],
  ['.+', '/^.+$/', '?*'],
  ['.*-rc', '/^.*-rc$/', '*-rc'],
  ['release-.*', '/^release-.*$/', 'release-*'],
  ['^main$', '/^main$/', 'main'],
];

const EITHER: string[] = ['[0-9a-f]{7,40}', '[0-9]{8}', '(?i)dev', 'v(1|2)+', 'x{2', '\\w+'];

describe('a regular expression without slashes', () => {
  it.each(REGULAR)('%s: both forms are offered', (text, expression, glob) => {
    expect(said(text)).toContain('belongs to a regular expression, not to a glob → ');
    expect(said(text)).toContain(`as a regular expression: "${expression}"; as a glob: "${glob}"`);
    expect([said(expression), said(glob)].filter((one) => !/matches every tag/.test(one))).toEqual(
      expression.includes('^.') && expression.endsWith('*$/') ? ['fine'] : ['fine', 'fine'],
    );
  });

  it.each(EITHER)('%s is refused', (text) => {
    expect(said(text)).toMatch(/regular expression|braces contain alternatives/);
  });

  it('the dot of a version can be meant', () => {
    expect(said('v1.*')).toContain('or "v1[.]*" if the dot is meant literally');
    expect(['v1.2', 'v10'].filter(compilePattern('v1[.]*', 'tag'))).toEqual(['v1.2']);
  });
});

describe('what bash would take as it is, and no name has', () => {
  it.each<[string, string, Subject?]>([
    ['', 'a pattern is empty'],
    ['!dev*', "would exclude, but a glob can only include → exclude inside the glob: '!(*-rc*)'"],
    ['!team/**', 'would exclude', 'repository'],
    ['{!a,b}', 'would exclude'],
    ['[abc', '"[" is not closed'],
    ['[z-a]', 'the range [z-a] is empty → write [a-z]'],
    ['[[:digits:]]', 'unknown character class "[:digits"'],
    ['[[.x.]]', 'unknown character class "[.x"'],
    ['!(dev', '"(" is not closed'],
    ['{a', 'braces contain alternatives'],
    ['{a}', 'braces contain alternatives'],
    ['a}', 'braces contain alternatives'],
    ['{,a}', 'one of its alternatives is empty'],
    ['a\\', 'it ends with "\\"'],
    ["'v*'", 'it contains a quotation mark'],
    ['“v*”', 'it contains a quotation mark'],
    ['v1, v2', 'a tag cannot contain "," → write each pattern separately'],
    ['v1 ', 'a tag cannot contain " "'],
    ['prod/*', 'a tag cannot contain "/"'],
    ['app:v1', 'a tag cannot contain ":"'],
    ['team/app:v1', 'a repository name cannot contain ":"', 'repository'],
    ['/team', 'no repository name has the part ""', 'repository'],
    ['team/', 'no repository name has the part ""', 'repository'],
    ['./team', 'no repository name has the part "."', 'repository'],
    ['team//app', 'no repository name has the part ""', 'repository'],
    [
      'team**',
      '"**" must be a complete part → write "*" within a part, or "team*/**"',
      'repository',
    ],
    ['!(team/app)', '"/" inside ( ) → use braces: {a/b,c}', 'repository'],
    ['[a/b]', '"/" inside [ ]', 'repository'],
    ['{1..5000}', 'more than 1000 patterns'],
    ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', 'more than 1000 patterns'],
    ['(', '"(" belongs to a regular expression'],
    [`${'@('.repeat(21)}a${')'.repeat(21)}`, 'groups are nested too deeply'],
    ['a'.repeat(2001), 'longer than 2000'],
  ])('%s', (text, message, subject) => {
    expect(said(text, subject)).toContain(message);
  });
});

describe('/regular expressions/', () => {
  it.each<[string, Subject, string[], string[]]>([
    ['/^release-/', 'tag', ['release-1', 'release-'], ['my-release-1', 'release']],
    ['/^v?[0-9]/', 'tag', ['v1', '1.0', '9'], ['dev1', 'v']],
    ['/rc/', 'tag', ['v1-rc1', 'rc'], ['v1', 'RC']],
    ['/RC/i', 'tag', ['v1-rc1', 'RC'], ['v1']],
    ['/^[^d]/', 'tag', ['v1', 'a'], ['dev', 'd']],
    ['/^[^d]*$/', 'tag', ['v1'], ['dev', 'ad']],
    ['/^team\\/(app|web)$/', 'repository', ['team/app', 'team/web'], ['team/app/x', 'x/team/app']],
    ['/^ci/', 'repository', ['ci', 'ci/app', 'cinema'], ['team/ci']],
  ])('%s of a %s', (text, subject, yes, no) => {
    expect([...yes, ...no].filter(compilePattern(text, subject))).toEqual(yes);
  });

  it.each([
    ['//', 'an empty regular expression'],
    ['/v*/', 'matches every tag'],
    ['/^v?/', 'matches every tag'],
    ['/.*/', 'matches every tag'],
    ['/a|/', 'matches every tag'],
    ['/[/', 'is not a valid regular expression'],
    ['/^(?!dev)/', 'lookaround and backreferences are not supported; a glob can exclude'],
    ['/(a)\\1/', 'lookaround and backreferences are not supported'],
    ['/a/g', 'unknown flag "g"'],
    ['/(a{1000}){1000}/', 'is not a valid regular expression'],
  ])('%s is refused', (text, message) => {
    expect(said(text)).toContain(message);
  });

  it('time is bounded, of expressions and of globs', () => {
    const name = 'a'.repeat(128);
    const start = performance.now();
    for (const text of [
      ...['/(a+)+$|b/', '/^(a|aa)+$/', '/(.*)*x/', '*(*(*(*(a))))b', '+(+(+(+(a|aa))))b'],
      ...['!(!(!(!(a)*)*)*)b', '*a*a*a*a*a*a*a*a*b', '*(a|aa|aaa|aaaa)b', '!(*(a)*(a)*(a)*(a)b)c'],
    ]) {
      compilePattern(text, 'tag')(name);
    }
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
