/** The examples of ECR policies: each row of a table is an image, and what becomes of it. */
import { expect } from 'vitest';
import type { ImageView, Policy } from '../../../src/policy/index.js';
import { ecr, image, type ShortRule } from '../helpers.js';
import { goes, introduces, type Row, row } from './row.js';

const HOURS = 1 / 24;
const SECOND = 1 / 86_400;

/** As a row says it: `A | beta-1, prod-1 | 10 days ago | ...`. */
function imageOf(text: string): [string, ImageView] {
  const [name, tags, pushed] = text.split(' | ') as [string, string, string];
  const [, number, unit] = /^(\d+) (days|hours) ago/.exec(pushed)!;
  const days = Number(number) * (unit === 'hours' ? HOURS : 1);
  return [
    name,
    image(
      name,
      days,
      tags.split(', ').filter((tag) => tag !== ''),
    ),
  ];
}

/** What each row says last: `expires`, or `stays` and why. */
function table(policy: Policy, rows: readonly string[]): Row[] {
  const images = Object.fromEntries(rows.map(imageOf));
  return rows.map((text) =>
    row(text, () => {
      const [name] = text.split(' | ');
      const isGone = text.split(' | ').at(-1)!.startsWith('expires');
      expect(goes(policy, images).includes(name!)).toBe(isGone);
    }),
  );
}

const prodAndBeta = (prod: number, beta: number): ShortRule[] => [
  { priority: prod, patterns: ['prod*'], count: 1 },
  { priority: beta, patterns: ['beta*'], count: 1 },
];
const MEETING = [
  'A | beta-1, prod-1 | 10 days ago | expires it | would too | expires, by rule 1',
  'B | beta-2, prod-2 | 9 days ago | keeps it | would expire it | stays: it belongs to rule 1',
  'C | beta-3 | 8 days ago |  | keeps it | stays',
];
const COUNTED = { a: image('a', 1), b: image('b', 2), c: image('c', 3, ['x']) };

export const ECR_EXAMPLES: readonly Row[] = [
  ...table(ecr({ priority: 1, status: 'untagged', days: 14 }), [
    'A |  | 20 days ago | expires',
    'B |  | 14 days ago, to the second | stays: it is not older than 14 days',
    'C | latest | 90 days ago | stays: no rule selects it',
  ]),
  row(
    [
      'With `"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1` the newest untagged image stays and the others expire.',
      'Tagged images are neither counted nor expired.',
    ],
    () => {
      expect(goes(ecr({ priority: 1, status: 'untagged', count: 1 }), COUNTED)).toEqual(['b']);
    },
  ),
  introduces('Rule 1 allows one image tagged `prod*`, rule 2 one tagged `beta*`:'),
  ...table(ecr(...prodAndBeta(1, 2)), MEETING),
  row(
    'With the priorities exchanged, all three belong to the rule for `beta*`, which keeps C and expires A and B.',
    () => {
      const images = Object.fromEntries(MEETING.map(imageOf));
      expect(goes(ecr(...prodAndBeta(2, 1)), images)).toEqual(['A', 'B']);
    },
  ),
  introduces('`"tagPrefixList": ["alpha", "beta"]`, older than 5 days:'),
  ...table(ecr({ priority: 1, prefixes: ['alpha', 'beta'], days: 5 }), [
    'A | alpha-1 | 12 days ago | stays: no tag begins with beta',
    'B | beta-1 | 11 days ago | stays: no tag begins with alpha',
    'C | alpha-2, beta-2 | 10 days ago | expires',
    'D | alpha-3, beta-3 | 2 days ago | stays: too recent',
  ]),
  row('To expire what has either, write two rules.', () => {
    const policy = ecr(
      { priority: 1, prefixes: ['alpha'], days: 5 },
      { priority: 2, prefixes: ['beta'], days: 5 },
    );
    const images = {
      a: image('a', 12, ['alpha-1']),
      b: image('b', 11, ['beta-1']),
      c: image('c', 1, ['x']),
      d: image('d', 5 + SECOND, ['alpha-2']),
    };
    expect(goes(policy, images)).toEqual(['a', 'b', 'd']);
  }),
  introduces(
    'Rule 1 allows one image tagged `alpha*`, rule 2 expires untagged images after one day, rule 3 allows one image of `any` kind:',
  ),
  ...table(
    ecr(
      { priority: 1, patterns: ['alpha*'], count: 1 },
      { priority: 2, status: 'untagged', days: 1 },
      { priority: 3, status: 'any', count: 1 },
    ),
    [
      'A | alpha-1 | 10 days ago | expires, by rule 1',
      'B |  | 9 days ago | expires, by rule 2',
      "C | alpha-2 | 8 days ago | stays: rule 1 keeps it, so rule 3 can't expire it",
      'D | git-1 | 7 days ago | expires, by rule 3: of all images E is the newest',
      'E |  | 12 hours ago | stays: rule 2 keeps it',
    ],
  ),
  row(
    [
      'A first rule that expires nothing protects what it selects: `"tagPatternList": ["prod*"], "countType": "imageCountMoreThan", "countNumber": 9999`.',
      'Outside of ECR policies, `protect` does that.',
    ],
    () => {
      const policy = ecr(
        { priority: 1, patterns: ['prod*'], count: 9999 },
        { priority: 2, status: 'any', days: 1 },
      );
      const images = {
        a: image('a', 90, ['prod-1']),
        b: image('b', 80, ['x']),
        c: image('c', 0, ['y']),
      };
      expect(goes(policy, images)).toEqual(['b']);
    },
  ),
];
