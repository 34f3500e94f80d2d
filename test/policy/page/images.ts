/** "What an image is" and "Times". */
import { expect } from 'vitest';
import { DAY, digestFor, ecr, image, keep, NOW } from '../helpers.js';
import { goes, introduces, type Row, row, shownBy } from './row.js';

const hex = (name: string): string => digestFor(name).slice('sha256:'.length);
const LAST = keep('keepLast: 1');

const WHAT_AN_IMAGE_IS: readonly Row[] = [
  row(
    [
      'An image is a manifest with its digest.',
      'All tags of an image count as one image, and go together.',
    ],
    () => {
      const images = {
        a: image('a', 1, ['v3', 'stable']),
        b: image('b', 2, ['v2']),
        c: image('c', 3, ['v1', 'old', 'older']),
      };
      expect(goes(keep('keepLast: 2'), images)).toEqual(['c']);
    },
  ),
  row(
    'A child of an index (a platform of a multi-arch image, an attestation) is not an image: it is never counted, and it goes when the last index in the repository that refers to it goes.',
    () => {
      const images = {
        old: image('old', 9, ['v1'], { children: [digestFor('x'), digestFor('y')] }),
        new: image('new', 1, ['v2'], { children: [digestFor('y')] }),
        x: image('x', 9),
        y: image('y', 9),
      };
      expect(goes(LAST, images)).toEqual(['old', 'x']);
      expect(goes(ecr({ priority: 1, status: 'untagged', days: 1 }), images)).toEqual([]);
    },
  ),
  row(
    "A referrer (a manifest with a `subject`) is not an image, and neither are cosign's tags (`sha256-<hex>.sig`, `.att`, `.sbom`) or the bare `sha256-<hex>` of the referrers fallback: they go with their subject.",
    () => {
      const images = {
        old: image('old', 9, ['v1']),
        new: image('new', 1, ['v2']),
        referrer: image('referrer', 9, [], { attachedTo: [digestFor('old')] }),
        other: image('other', 99, [], { attachedTo: [digestFor('new')] }),
        sig: image('sig', 9, [`sha256-${hex('old')}.sig`]),
        att: image('att', 9, [`sha256-${hex('old')}.att`]),
        sbom: image('sbom', 9, [`sha256-${hex('old')}.sbom`]),
        bare: image('bare', 9, [`sha256-${hex('old')}`]),
        newSig: image('newSig', 0.5, [`sha256-${hex('new')}.sig`]),
      };
      const all = ['att', 'bare', 'old', 'referrer', 'sbom', 'sig'];
      expect(goes(LAST, images)).toEqual(all);
    },
  ),
  row('A referrer whose subject is not in the repository stays.', () => {
    const images = {
      new: image('new', 1, ['v2']),
      sig: image('sig', 99, [`sha256-${hex('gone')}.sig`]),
      referrer: image('referrer', 99, [], { attachedTo: [digestFor('gone')] }),
    };
    expect(goes(LAST, images)).toEqual([]);
  }),
  row(
    'A child or referrer with a tag of its own (`1.4-amd64`) goes with its parent only if the rule that expires the parent selects it too, and would not keep it by its age or by a count.',
    () => {
      const children = ['selected', 'other', 'recent'].map(digestFor);
      const images = {
        parent: image('parent', 9, ['v1.4'], { children }),
        new: image('new', 1, ['v1.5']),
        selected: image('selected', 9, ['v1.4-amd64']),
        other: image('other', 9, ['stable-amd64']),
        recent: image('recent', 1, ['v1.4-arm64']),
      };
      const policy = ecr({ priority: 1, prefixes: ['v'], days: 3 });
      expect(goes(policy, images)).toEqual(['parent', 'selected']);
      const counted = { ...images, selected: image('selected', 0.5, ['v1.4-amd64']) };
      expect(goes(ecr({ priority: 1, prefixes: ['v'], count: 1 }), counted)).toEqual(['parent']);
    },
  ),
  shownBy(
    'What is damaged stays, with everything it refers to, and is not counted.',
    'policy/apply.test.ts',
    'pins what is damaged, with what it refers to, and does not count it',
  ),
  shownBy(
    'In a repository that is kept completely because of damage, no policy applies.',
    'policy/apply.test.ts',
    'touches nothing in a repository that is kept whole, or out of scope',
  ),
];

/** Images a, b, c, ... that were pushed so many days ago. */
const pushed = (...days: number[]) =>
  Object.fromEntries(
    days.map((one, i) => {
      const name = String.fromCharCode(97 + i);
      return [name, image(name, one, [`t-${name}`])];
    }),
  );

const TIMES: readonly Row[] = [
  shownBy(
    [
      "Push time is the modification time of the newest tag's link: a push or a retag renews it.",
      'The push time of an image without tags is the modification time of its revision link.',
    ],
    'policy/apply.test.ts',
    'sees times and relations as they are on the disk',
  ),
  shownBy(
    '`policy preview` names the source of each time.',
    'policy/ecr.test.ts',
    'gives each image its rule as the reason, and where its time is from',
  ),
  row('What was pushed, tagged or untagged within `--min-age` stays.', () => {
    const images = {
      new: image('new', 0.1, ['v9']),
      pushed: image('pushed', 0.5, ['v1']),
      untagged: image('untagged', 90, [], { touchedAt: NOW - DAY / 2 }),
      old: image('old', 90, ['v0'], { touchedAt: NOW - 2 * DAY }),
    };
    expect(goes(LAST, images, { minAge: DAY })).toEqual(['old']);
    expect(goes(LAST, images, { minAge: 0 })).toEqual(['old', 'pushed', 'untagged']);
  }),
  row(
    "Images that were pushed in the same second can't be told apart: if some of them would stay and some go, all of them stay.",
    () => {
      expect(goes(keep('keepLast: 2'), pushed(1, 2, 2, 3, 4))).toEqual(['d', 'e']);
    },
  ),
  row('With `--trust-mtimes` their tags decide: `v10` counts as newer than `v9`.', () => {
    const images = { nine: image('nine', 5, ['v9']), ten: image('ten', 5, ['v10']) };
    expect(goes(LAST, images)).toEqual([]);
    expect(goes(LAST, images, { trustMtimes: true })).toEqual(['nine']);
  }),
  introduces(
    'A backup that was restored without its times, or a bulk copy, has one time for everything.',
  ),
  row(
    "Where a repository's push times coincide like that, no rule that goes by time removes anything there, unless `--trust-mtimes` is given.",
    () => {
      const images = pushed(9, 9, 9, 9);
      for (const entry of ['keepWithin: 1d', 'keepLast: 1']) {
        expect(goes(keep(entry), images)).toEqual([]);
        expect(goes(keep(entry), images, { trustMtimes: true })).toEqual(['a', 'b', 'c']);
      }
      expect(goes(keep('keepTags: [t-a]'), images)).toEqual(['b', 'c', 'd']);
    },
  ),
  row(
    'They coincide if five or more images have at most half as many different seconds, or if three or four images all share one.',
    () => {
      const within = keep('keepWithin: 1d');
      const isTaken = (...days: number[]): boolean => goes(within, pushed(...days)).length > 0;
      expect(isTaken(9, 9, 9, 8, 8)).toBe(false);
      expect(isTaken(9, 9, 9, 8, 7)).toBe(true);
      expect(isTaken(9, 9, 8, 8, 7, 7)).toBe(false);
      expect(isTaken(9, 9, 8, 8, 7, 6)).toBe(true);
      expect(isTaken(9, 9, 9)).toBe(false);
      expect(isTaken(9, 9, 9, 9)).toBe(false);
      expect(isTaken(9, 9, 9, 8)).toBe(true);
      expect(goes(within, pushed(9, 9), { allowEmpty: true })).toEqual(['a', 'b']);
    },
  ),
  row('If most tags of the tree share one time, that applies to every repository.', () => {
    const images = pushed(9, 8, 7);
    expect(goes(keep('keepWithin: 1d'), images, { timesSuspicious: true })).toEqual([]);
    expect(goes(keep('keepWithin: 1d'), images)).toEqual(['a', 'b']);
  }),
  row('A time in the future counts as recent.', () => {
    expect(goes(keep('keepWithin: 1d'), pushed(-400, 9))).toEqual(['b']);
  }),
  row('An image without a known time stays.', () => {
    const images = { a: image('a', 1, ['x']), b: { ...image('b', 9, ['y']), pushedAt: 0 } };
    expect(goes(LAST, images)).toEqual([]);
    expect(goes(ecr({ priority: 1, status: 'any', days: 1 }), images)).toEqual([]);
  }),
];

export const IMAGES: readonly Row[] = [...WHAT_AN_IMAGE_IS, ...TIMES];
