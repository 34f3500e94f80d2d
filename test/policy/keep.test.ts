import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/file/parse.js';
import type { ImageView } from '../../src/policy/index.js';
import { entryFor } from '../../src/policy/index.js';
import { DAY, digestFor, expiring, image, keep, NOW, noFiles, outcome } from './helpers.js';

const names = ['a', 'b', 'c', 'd', 'e'];
const plain: ImageView[] = [
  image('a', 1, ['v5']),
  image('b', 2, ['v4']),
  image('c', 10, ['v3']),
  image('d', 40, ['release-1']),
  image('e', 90, ['v1']),
];

interface Row {
  readonly says: string;
  readonly entry: string;
  readonly protect?: string;
  readonly expires: readonly string[];
  readonly images?: readonly ImageView[];
}

const rows: Row[] = [
  { says: 'keepLast keeps the youngest', entry: 'keepLast: 2', expires: ['c', 'd', 'e'] },
  { says: 'keepLast beyond what is there keeps all', entry: 'keepLast: 9', expires: [] },
  { says: 'keepWithin keeps what was pushed since', entry: 'keepWithin: 10d', expires: ['d', 'e'] },
  {
    says: 'keepTags keeps by glob',
    entry: 'keepTags: ["release-*", v1]',
    expires: ['a', 'b', 'c'],
  },
  {
    says: 'an image stays if any of them says so',
    entry: 'keepLast: 1, keepWithin: 2d, keepTags: ["release-*"]',
    expires: ['c', 'e'],
  },
  { says: 'minAge keeps what is younger', entry: 'keepLast: 1, minAge: 6w', expires: ['e'] },
  {
    says: 'protect holds whatever the entry says',
    entry: 'keepLast: 1',
    protect: `{ tags: ["v1"], digests: ["${digestFor('c')}"] }`,
    expires: ['b', 'd'],
  },
  {
    says: 'untagged images never push a tagged one out of keepLast',
    entry: 'keepLast: 3',
    images: [
      image('a', 1),
      image('b', 2),
      image('c', 3),
      image('d', 40, ['v2']),
      image('e', 90, ['v1']),
    ],
    expires: ['b', 'c'],
  },
  {
    says: 'images of the same second stay together',
    entry: 'keepLast: 2',
    images: [
      image('a', 1, ['x']),
      image('b', 2, ['y']),
      image('c', 2, ['z']),
      image('d', 3, ['u']),
      image('e', 4, ['w']),
    ],
    expires: ['d', 'e'],
  },
  {
    says: 'the last image stays where nothing keeps any',
    entry: 'keepTags: [none]',
    expires: ['b', 'c', 'd', 'e'],
  },
];

describe('keep entries', () => {
  it.each(rows)('$says', ({ entry, protect, expires, images = plain }) => {
    expect(expiring(keep(entry, protect), images, names)).toEqual(expires);
  });

  it('says why', () => {
    const policy = keep(
      'keepLast: 1, keepWithin: 2d, keepTags: ["release-*"], minAge: 24h',
      '{ tags: [v3] }',
    );
    expect(outcome(policy, plain, names)).toEqual({
      a: 'keep: keepWithin: 2d',
      b: 'keep: keepWithin: 2d',
      c: 'keep: protect: v3',
      d: 'keep: keepTags: release-1',
      e: 'expire: not kept by keepLast 1, keepWithin 2d, keepTags release-*, minAge 1d',
    });
  });

  it('goes by creation where told to, and keeps what has no creation time', () => {
    const created = (days: number) => ({ createdAt: NOW - days * DAY });
    const images = [
      image('a', 5, ['a'], created(300)),
      image('b', 60, ['b'], created(1)),
      image('c', 60.5, ['c']),
      image('d', 1, ['d'], created(300)),
    ];
    const policy = keep('keepWithin: 30d, ageBy: created, minAge: 2d');
    expect(outcome(policy, images, ['a', 'b', 'c', 'd'])).toEqual({
      a: 'expire: not kept by keepWithin 30d, minAge 2d, ageBy created',
      b: 'keep: keepWithin: 30d',
      c: 'keep: its creation time is unknown',
      d: 'keep: newer than minAge 2d',
    });
  });

  it('keeps everything where push times are equal, but not where only tags decide', () => {
    const images = ['a', 'b', 'c'].map((name) => image(name, 50, [name]));
    expect(expiring(keep('keepWithin: 1d, keepTags: [a]'), images, ['a', 'b', 'c'])).toEqual([]);
    expect(expiring(keep('keepTags: [a]'), images, ['a', 'b', 'c'])).toEqual(['b', 'c']);
  });
});

describe('entries', () => {
  const policy = parsePolicy(
    [
      'version: 1',
      'repositories:',
      '  - { match: ["prod/**", "*-lts"], keepLast: 1 }',
      '  - { match: ["prod/a", dev/*], keepLast: 2 }',
    ].join('\n'),
    'policy.yaml',
    noFiles,
  );

  it.each([
    ['prod', 1],
    ['prod/a', 1],
    ['prod/a/b', 1],
    ['app-lts', 1],
    ['team/app-lts', undefined],
    ['dev/a', 2],
    ['dev/a/b', undefined],
    ['other', undefined],
    ['PROD/a', undefined],
  ])('%s is decided by the first that matches', (name, count) => {
    const retention = entryFor(policy, name)?.retention;
    expect(retention?.kind === 'keep' ? retention.rules[0]?.keepLast : undefined).toBe(count);
  });

  it('expires nothing in a repository that none matches', () => {
    expect(outcome(policy, plain, names)).toEqual(
      Object.fromEntries(
        names.map((name) => [name, 'keep: no entry of the policy matches this repository']),
      ),
    );
  });
});
