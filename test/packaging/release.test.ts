/** What a release says of itself agrees: version, CHANGELOG, manual page, and the tag that makes it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

/** Keep a Changelog: `## Unreleased`, `## 1.2.3 - 2026-01-31`. */
const SECTION =
  /^## (?:\[?(?<version>\d+\.\d+\.\d+)\]?(?: - \d{4}-\d\d-\d\d| \(unreleased\))|Unreleased)$/;
const KINDS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

it('the manual page, the lockfile and the newest section of CHANGELOG are of package.json’s version', () => {
  const sections = read('CHANGELOG.md').match(/^## .*$/gm) ?? [];
  const versions = sections.map((line) => SECTION.exec(line)?.groups?.version);
  expect(sections.filter((line) => !SECTION.test(line))).toEqual([]);
  expect(versions.find((found) => found !== undefined)).toBe(version);
  expect(read('docs/regsweep.1')).toContain(`"regsweep ${version}"`);
  expect(JSON.parse(read('package-lock.json')).version).toBe(version);
  const kinds = (read('CHANGELOG.md').match(/^### .*$/gm) ?? []).map((line) => line.slice(4));
  expect(kinds.filter((kind) => !KINDS.includes(kind))).toEqual([]);
});

it('a tag names that version, with a dated section of CHANGELOG', () => {
  const tag = process.env.REGSWEEP_RELEASE;
  if (tag === undefined) return;
  expect(tag).toBe(`v${version}`);
  expect(read('CHANGELOG.md')).toMatch(
    new RegExp(`^## \\[?${version}\\]? - \\d{4}-\\d\\d-\\d\\d$`, 'm'),
  );
});
