import type { ShortRule } from './helpers.js';

/** Each sentence of the evaluation, with a repository that shows it. */
export interface Row {
  readonly says: string;
  readonly rules: readonly ShortRule[];
  /** Name → days since the push, then tags. */
  readonly images: Readonly<Record<string, readonly [number, ...string[]]>>;
  readonly expires: readonly string[];
}

const betaProd = {
  a: [10, 'beta-1', 'prod-1'],
  b: [9, 'beta-2', 'prod-2'],
  c: [8, 'beta-3'],
} as const;

export const rows: readonly Row[] = [
  {
    says: 'rules look at all images at once: a lower rule counts what a higher one expires',
    rules: [
      { priority: 1, prefixes: ['prod'], count: 1 },
      { priority: 2, prefixes: ['beta'], count: 2 },
    ],
    images: {
      a: [10, 'prod-1', 'beta-1'],
      b: [9, 'prod-2'],
      c: [8, 'beta-2'],
      d: [7, 'beta-3'],
      e: [6, 'beta-4'],
    },
    expires: ['a', 'c'],
  },
  {
    says: 'an image is expired by the one rule that claims it, and a higher rule protects it',
    rules: [
      { priority: 1, prefixes: ['prod'], count: 1 },
      { priority: 2, prefixes: ['beta'], count: 1 },
    ],
    images: betaProd,
    expires: ['a'],
  },
  {
    says: 'the same with priorities exchanged',
    rules: [
      { priority: 1, prefixes: ['beta'], count: 1 },
      { priority: 2, prefixes: ['prod'], count: 1 },
    ],
    images: betaProd,
    expires: ['a', 'b'],
  },
  {
    says: 'priority decides, not the order in the file',
    rules: [
      { priority: 20, prefixes: ['beta'], count: 1 },
      { priority: 10, prefixes: ['prod'], count: 1 },
    ],
    images: betaProd,
    expires: ['a'],
  },
  {
    says: 'an image is protected by a higher rule even when that rule expires nothing',
    rules: [
      { priority: 1, prefixes: ['prod'], count: 9999 },
      { priority: 2, status: 'any', days: 5 },
    ],
    images: { a: [90, 'prod-1'], b: [90, 'dev-1'], c: [1, 'dev-2'] },
    expires: ['b'],
  },
  {
    says: 'a list of prefixes selects images with tags for all of them',
    rules: [{ priority: 1, prefixes: ['alpha', 'beta'], days: 5 }],
    images: {
      a: [12, 'alpha-1'],
      b: [11, 'beta-1'],
      c: [10, 'alpha-2', 'beta-2'],
      d: [4, 'alpha-3'],
      e: [3, 'beta-3'],
      f: [2, 'alpha-4', 'beta-4'],
    },
    expires: ['c'],
  },
  {
    says: 'tags are not exclusive: further tags do not hinder a match',
    rules: [{ priority: 1, prefixes: ['alpha', 'beta'], count: 1 }],
    images: {
      a: [10, 'alpha-1', 'beta-1', 'gamma-1'],
      b: [9, 'alpha-2', 'beta-2'],
      c: [8, 'alpha-3', 'beta-3', 'gamma-2'],
    },
    expires: ['a', 'b'],
  },
  {
    says: 'a list of patterns selects images with tags for all of them',
    rules: [{ priority: 1, patterns: ['*-amd64', 'v1.*'], count: 1 }],
    images: { a: [9, 'v1.0-amd64'], b: [8, 'v1.1'], c: [7, 'x-amd64', 'v1.2'], d: [6, 'v2-amd64'] },
    expires: ['a'],
  },
  {
    says: 'a star stands for any characters or none, anywhere in the tag',
    rules: [{ priority: 1, patterns: ['*test*1*'], days: 1 }],
    images: {
      a: [9, 'test1'],
      b: [10, 'my-test-21x'],
      c: [11, 'test-2'],
      d: [12, '1test'],
      e: [0, 'x'],
    },
    expires: ['a', 'b'],
  },
  {
    says: 'a pattern without a star is the whole tag, a prefix is its beginning',
    rules: [
      { priority: 1, patterns: ['dev'], days: 1 },
      { priority: 2, prefixes: ['qa'], days: 1 },
    ],
    images: { a: [13, 'dev'], b: [14, 'dev-1'], c: [15, 'qa'], d: [16, 'qa-1'] },
    expires: ['a', 'c', 'd'],
  },
  {
    says: 'the dot and the question mark are plain characters',
    rules: [{ priority: 1, patterns: ['v1.?*'], days: 1 }],
    images: { a: [9, 'v1.2'], b: [10, 'v1x2'], c: [1, 'z'] },
    expires: [],
  },
  {
    says: 'imageCountMoreThan keeps the youngest by push time',
    rules: [{ priority: 1, prefixes: ['v'], count: 2 }],
    images: { a: [1, 'v1'], b: [4, 'v4'], c: [2, 'v3'], d: [3, 'v2'] },
    expires: ['b', 'd'],
  },
  {
    says: 'imageCountMoreThan expires nothing at exactly that count',
    rules: [{ priority: 1, prefixes: ['v'], count: 3 }],
    images: { a: [1, 'v1'], b: [2, 'v2'], c: [3, 'v3'] },
    expires: [],
  },
  {
    says: 'an image is a digest: two tags count once, and go together',
    rules: [{ priority: 1, prefixes: ['v'], count: 2 }],
    images: { a: [1, 'v1', 'v1.0'], b: [2, 'v2', 'v2.0'], c: [3, 'v3', 'keep-me'] },
    expires: ['c'],
  },
  {
    says: 'sinceImagePushed expires what is older than so many days, not what is that old',
    rules: [{ priority: 1, status: 'untagged', days: 14 }],
    images: { a: [14], b: [14.001], c: [13.9], d: [1, 'latest'] },
    expires: ['b'],
  },
  {
    says: 'untagged selects images without any tag',
    rules: [{ priority: 1, status: 'untagged', count: 1 }],
    images: { a: [3], b: [2], c: [9, 'v1'] },
    expires: ['a'],
  },
  {
    says: 'any selects tagged and untagged images alike',
    rules: [{ priority: 1, status: 'any', count: 2 }],
    images: { a: [4, 'v1'], b: [3], c: [2, 'v2'], d: [1] },
    expires: ['a', 'b'],
  },
  {
    says: 'any comes last, and can take only what no other rule selects',
    rules: [
      { priority: 1, prefixes: ['alpha'], count: 1 },
      { priority: 2, status: 'untagged', days: 1 },
      { priority: 3, status: 'any', count: 1 },
    ],
    images: { a: [10, 'alpha-1'], b: [9], c: [8, 'alpha-2'], d: [7, 'git-1'], e: [0.5] },
    expires: ['a', 'b', 'd'],
  },
  {
    says: 'any counts images that higher rules protect',
    rules: [
      { priority: 1, prefixes: ['prod'], count: 10 },
      { priority: 2, status: 'any', count: 2 },
    ],
    images: { a: [1, 'prod-1'], b: [2, 'prod-2'], c: [3, 'dev-1'], d: [4, 'prod-3'] },
    expires: ['c'],
  },
  {
    says: 'what no rule selects stays',
    rules: [{ priority: 1, prefixes: ['dev'], days: 1 }],
    images: { a: [900, 'prod'], b: [900], c: [9, 'dev-1'] },
    expires: ['c'],
  },
  {
    says: 'a push time in the future is young',
    rules: [{ priority: 1, status: 'any', days: 1 }],
    images: { a: [-400, 'x'], b: [3, 'y'] },
    expires: ['b'],
  },
  {
    says: 'images pushed in the same second are not told apart: all of them stay',
    rules: [{ priority: 1, prefixes: ['v'], count: 1 }],
    images: { a: [2, 'v1'], b: [2, 'v2'], c: [3, 'v3'] },
    expires: ['c'],
  },
];
