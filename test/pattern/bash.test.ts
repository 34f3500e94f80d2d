/** Every glob means what bash takes it for: both are asked about the same names. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compilePattern, patternProblem, type Subject } from '../../src/util/pattern/index.js';

const TAGS =
  `v1 v2 v3 v10 v1.2 v1.2.3 v1-rc1 v01 1.0 2.0 10 a b c d - ! * [a ] ^ a-c dev-1 dev-22 d-x dev
  release-1 release latest stable A Z9 main main-abc pr-1 pr-12 _x x_y xy aa ab aab abab foo foobar
  .hidden ..x v1.2foo {a,b} é`.split(/\s+/);

const TAG_GLOBS =
  `* ? ?? v* *1 v? v?-* latest d* *-* *.*.* .* [!d]* [^d]* [a-c] [a-c]* [!a-c] [abc]? []a]
  [!]a] [a-] [-a] [^-]* [!!]* [A-Z]* [[:digit:]]* [![:digit:]]* [[:upper:][:digit:]]* v[0-9] v[0-9]*
  v[!0-9] v[!0-9]* [_x]* {a,b} {a,b}* {v,release-}1 {dev,pr}-{1,12} v{1..3} v{10..1..3} {a..c} {c..a}
  a{,b} a{a,b}{,b} {a,{b,c}} x{_,}y v{01..02} {dev,pr-[0-9]}* v{1,2} {v1,v1.2,*-rc[0-9]} !(dev*)
  !(v*|dev*) v!(1) !(*-*) !(v*)* !(v*|*-rc*) dev!(-*) !(!(v*)) !(a|b|c) @(!(v*)) *!(1) ?(v)1* ?(v)[0-9]*
  +(a|b) *(a|b) @(dev|pr)-* +([0-9]) v+([0-9]) +(ab) @(a|b|) v1*(.[0-9]) v1?(.2)?(.3) *(a)b +(a)+(b)
  @(foo|foobar) @({a,b}|c) v1[.]* foo*(bar) ** v** \\* \\[a [\\]a] [\\!d]* [a\\-c] \\{a\\,b\\} +(?)
  *([!-])-* ?(*) !() @(v|v1)[.-]* [a-c]*(b) !(?) !(*[0-9]) *(!(a)) é ? [é]`.split(/\s+/);

const REPOSITORIES =
  `a b ab app team team/app team/web team/prod team/prod/api team/prod/db team/b/c team/b/c/d
  teams teams/x prod prod/web prod/web/front ci/app ci/app/cache .cache/x x/.y/z app-lts Team/app`.split(
    /\s+/,
  );

const REPOSITORY_GLOBS =
  `* ** */* */*/* team team/* team/** team/*/** **/app **/b/** **/c **/*p */app {team,ci}/app
  {team/prod,ci}/** team/!(prod) team/!(prod)/** !(team)/** !(team|ci) !(team)/* [!t]* [!t]*/** [^t]*/*
  team?/* **/?(.)y/** *-lts @(team|prod)/* +(?)/w* team/**/** **/** **/**/app prod/*/* team/{b,prod}/*
  team/[a-c]* T*/app ?(team)s/* t*/b/?`.split(/\s+/);

const folder = mkdtempSync(join(tmpdir(), 'regsweep-bash-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tagFolder = made('tags', TAGS);
const repositoryFolder = made('repositories', REPOSITORIES);

function made(name: string, entries: readonly string[]): string {
  const path = join(folder, name);
  for (const entry of entries) mkdirSync(join(path, entry), { recursive: true });
  return path;
}

/** What bash finds for each glob, with one process for all. */
function bash(globs: readonly string[], cwd: string): string[][] {
  const lines = globs.map(
    (glob) => `for n in ${glob}; do [ -e "$n" ] && printf '%s ' "\${n%/}"; done; echo`,
  );
  const options = ['extglob', 'globstar', 'dotglob', 'nullglob'].flatMap((name) => ['-O', name]);
  const env = { LC_ALL: 'C.UTF-8', PATH: process.env.PATH };
  const input = lines.join('\n');
  const out = execFileSync('bash', ['--norc', ...options], {
    maxBuffer: 1 << 27,
    input,
    encoding: 'utf8',
    cwd,
    env,
  });
  return out
    .split('\n')
    .slice(0, globs.length)
    .map((line) => [...new Set(line.split(' ').filter((word) => !/^\.{0,2}$/.test(word)))].sort());
}

const ours = (glob: string, subject: Subject, names: readonly string[]): string[] =>
  names.filter(compilePattern(glob, subject)).sort();

const foldersOf = (names: readonly string[]): string[] => [
  ...new Set(
    names.flatMap((name) => name.split('/').map((_, i, all) => all.slice(0, i + 1).join('/'))),
  ),
];

describe('globs are what bash says', () => {
  it(`of tags, ${TAG_GLOBS.length} globs on ${TAGS.length} names`, () => {
    const globs = TAG_GLOBS.filter((glob) => patternProblem(glob, 'tag') === undefined);
    expect(TAG_GLOBS.filter((glob) => !globs.includes(glob))).toEqual(['.*', 'é']);
    const said = bash(globs, tagFolder);
    const got = globs.map((glob) => ours(glob, 'tag', TAGS));
    expect(Object.fromEntries(globs.map((glob, i) => [glob, got[i]]))).toEqual(
      Object.fromEntries(globs.map((glob, i) => [glob, said[i]])),
    );
  });

  it(`of repositories, ${REPOSITORY_GLOBS.length} globs`, () => {
    const said = bash(REPOSITORY_GLOBS, repositoryFolder);
    const names = foldersOf(REPOSITORIES);
    const got = REPOSITORY_GLOBS.map((glob) => ours(glob, 'repository', names));
    expect(Object.fromEntries(REPOSITORY_GLOBS.map((glob, i) => [glob, got[i]]))).toEqual(
      Object.fromEntries(REPOSITORY_GLOBS.map((glob, i) => [glob, said[i]])),
    );
  });

  it('whatever is put together from them', () => {
    const atom = fc.constantFrom('a', 'b', 'v1', '*', '?', '[!a]', '[a-b]', '[^v]', '-', '1', '.');
    const { glob } = fc.letrec<{ glob: string; piece: string }>((tie) => ({
      piece: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        atom,
        fc
          .tuple(
            fc.constantFrom('?', '*', '+', '@', '!'),
            fc.array(tie('glob'), { minLength: 1, maxLength: 2 }),
          )
          .map(([sign, choices]) => `${sign}(${choices.join('|')})`),
        fc.array(tie('glob'), { minLength: 2, maxLength: 2 }).map((all) => `{${all.join(',')}}`),
      ),
      glob: fc.array(tie('piece'), { minLength: 1, maxLength: 3 }).map((all) => all.join('')),
    }));
    const globs = fc
      .sample(glob, { seed: 12, numRuns: 1500 })
      .filter((one) => one.length < 24 && patternProblem(one, 'tag') === undefined);
    expect(globs.length).toBeGreaterThan(300);
    const said = bash(globs, tagFolder);
    const wrong = globs.flatMap((one, i) => {
      const got = ours(one, 'tag', TAGS);
      return JSON.stringify(got) === JSON.stringify(said[i]) ? [] : [{ one, got, bash: said[i] }];
    });
    expect(wrong).toEqual([]);
  });
});
