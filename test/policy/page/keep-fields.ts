/** What the fields of an entry keep. */
import { expect } from 'vitest';
import { failure } from '../failure.js';
import { DAY, image, keep, NOW } from '../helpers.js';
import { goes, type Row, row, shownBy } from './row.js';

const entry = (fields: string): string =>
  `version: 1\nrepositories:\n  - { match: ["**"]${fields === '' ? '' : `, ${fields}`} }\n`;

/** In the order of their tags, the newest push last. */
const tagged = (...tags: string[]) =>
  Object.fromEntries(tags.map((tag, i) => [tag, image(tag, 50 - i, [tag])]));

export const KEEP_FIELDS: readonly Row[] = [
  row(
    'Without `policyFile` and `rules`, an image stays if any of these fields keeps it, and expires if none does:',
    () => {
      const images = {
        last: image('last', 40, ['x']),
        within: image('within', 1),
        named: image('named', 90, ['v1']),
        none: image('none', 80, ['y']),
      };
      const fields = 'keepLast: 1, keepWithin: 2d, keepTags: ["v*"]';
      expect(goes(keep(fields), images)).toEqual(['none']);
    },
  ),
  row(
    "`keepLast: 10` | the ten newest images, tagged ones first: untagged leftovers of a tag that moves often don't push out a tagged image",
    () => {
      const images = {
        ...Object.fromEntries(
          Array.from({ length: 12 }, (_, i) => [`u${i}`, image(`u${i}`, 1 + i / 10)]),
        ),
        ...Object.fromEntries(
          Array.from({ length: 9 }, (_, i) => [`t${i}`, image(`t${i}`, 20 + i, [`t${i}`])]),
        ),
      };
      const left = Object.keys(images).length - goes(keep('keepLast: 10'), images).length;
      expect(left).toBe(10);
      expect(goes(keep('keepLast: 10'), images).filter((name) => name.startsWith('t'))).toEqual([]);
    },
  ),
  row('`keepWithin: 30d` | what is not older than that', () => {
    const images = {
      a: image('a', 30, ['x']),
      b: image('b', 30.1, ['y']),
      c: image('c', 1, ['z']),
    };
    expect(goes(keep('keepWithin: 30d'), images)).toEqual(['b']);
  }),
  row('`keepTags: ["v*"]` | what has a tag that one of the patterns matches', () => {
    const images = { a: image('a', 9, ['x', 'v1']), b: image('b', 8, ['x2']), c: image('c', 7) };
    expect(goes(keep('keepTags: ["v*"]'), images)).toEqual(['b', 'c']);
  }),
  row(
    '`pulledWithin: 90d` | what was pulled within that time, by the [records of pulls](#pulls)',
    () => {
      const pulled = (days: number) => ({ pulledAt: NOW - days * DAY });
      const images = {
        a: image('a', 400, ['x'], pulled(90)),
        b: image('b', 400.1, ['y'], pulled(91)),
        c: image('c', 1, ['z']),
      };
      const options = { pullsSince: NOW - 300 * DAY };
      expect(goes(keep('pulledWithin: 90d'), images, options)).toEqual(['b']);
    },
  ),
  row('`minAge: 12h` | what was pushed within that time, whatever `ageBy` says', () => {
    const made = (days: number) => ({ createdAt: NOW - days * DAY });
    const images = {
      a: image('a', 9, ['x'], made(1)),
      b: image('b', 0.4, ['y'], made(90)),
      c: image('c', 8, ['z'], made(80)),
    };
    expect(goes(keep('keepLast: 1, minAge: 12h, ageBy: created'), images)).toEqual(['c']);
    expect(goes(keep('keepLast: 1, ageBy: created'), images)).toEqual(['b', 'c']);
  }),
  row(
    '`sortBy` tells what `keepLast` counts by: `pushed` (the default), `semver` or `name`.',
    () => {
      const images = tagged('2.0.0', '10.0.0', '1.0.0');
      const by = (sortBy: string) => goes(keep(`keepLast: 1${sortBy}`), images);
      expect(by('')).toEqual(['10.0.0', '2.0.0']);
      expect(by(', sortBy: pushed')).toEqual(['10.0.0', '2.0.0']);
      expect(by(', sortBy: semver')).toEqual(['1.0.0', '2.0.0']);
      expect(by(', sortBy: name')).toEqual(['1.0.0', '2.0.0']);
      expect(failure(entry('keepLast: 1, sortBy: age')).length).toBeGreaterThan(0);
    },
  ),
  row(
    'By `semver`, `1.0.10` is newer than `1.0.9`, a prerelease is older than its release, `rc10` is newer than `rc9`, `v` is ignored, and missing parts are 0.',
    () => {
      const newest = (...tags: string[]): string[] => {
        const images = tagged(...tags);
        const gone = goes(keep('keepLast: 1, sortBy: semver'), images);
        return Object.keys(images).filter((tag) => !gone.includes(tag));
      };
      expect(newest('1.0.10', '1.0.9')).toEqual(['1.0.10']);
      expect(newest('1.0.0', '1.0.0-rc.1')).toEqual(['1.0.0']);
      expect(newest('1.0.0-rc10', '1.0.0-rc9')).toEqual(['1.0.0-rc10']);
      expect(newest('v2', '1.9.9')).toEqual(['v2']);
      expect(newest('1.2', 'v1.2.0', '1.1.9')).toEqual(['1.2', 'v1.2.0']);
    },
  ),
  row('By `semver`, images without a tag that is a version are not selected: they stay.', () => {
    const images = { ...tagged('main', '1.0', '1.1'), untagged: image('untagged', 99) };
    expect(goes(keep('keepLast: 1, sortBy: semver'), images)).toEqual(['1.0']);
  }),
  row('By `name`, numbers within names count as numbers.', () => {
    expect(goes(keep('keepLast: 1, sortBy: name'), tagged('b10', 'b9'))).toEqual(['b9']);
  }),
  row('Images that tie stay together.', () => {
    const images = { a: image('a', 1, ['x']), b: image('b', 2, ['y']), c: image('c', 2, ['z']) };
    expect(goes(keep('keepLast: 2'), images)).toEqual([]);
  }),
  shownBy(
    [
      "`ageBy: created` goes by the creation time in the image's own configuration; for an index, by that of its newest image.",
      "An image without a creation time stays, and so does one whose configuration can't be read or has another digest.",
    ],
    'policy/created.test.ts',
    'takes an image’s own, and of an index the newest of those that are told',
  ),
  row('Durations are written as `12h`, `30d`, `2w`.', () => {
    for (const text of ['12h', '30d', '2w']) keep(`keepWithin: ${text}`);
    for (const text of ['30', '30 days', '1y', '-1d']) {
      expect(failure(entry(`keepWithin: "${text}"`)).length).toBeGreaterThan(0);
    }
  }),
  row('An entry without any of these fields is an error, as it would keep nothing.', () => {
    expect(failure(entry('')).length).toBeGreaterThan(0);
    expect(failure(entry('ageBy: created')).length).toBeGreaterThan(0);
  }),
  row('A tag that YAML would read as a number needs quotes: `"1.0"`.', () => {
    expect(failure(entry('keepTags: [1.0]')).length).toBeGreaterThan(0);
    keep('keepTags: ["1.0"]');
  }),
];
