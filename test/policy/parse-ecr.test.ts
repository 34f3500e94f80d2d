import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/file/parse.js';
import { failure } from './failure.js';
import { ecrText, noFiles } from './helpers.js';

function located(text: string, message: string): string {
  const [, line, column, rest] = /^p\.json:(\d+):(\d+): (.*)$/.exec(message)!;
  const there = text.split('\n')[Number(line) - 1]!.slice(Number(column) - 1);
  return `${/^[^,:\]}]*/.exec(there)![0]} @ ${rest}`;
}

const rule = (selection: string, action = '{"type":"expire"}', priority = '1') =>
  `{"rules":[\n{"rulePriority":${priority},"selection":${selection},"action":${action}}]}`;
const WHOLE =
  'which is not known from the disk, so the policy is refused: its other rules might expire images that this rule keeps';
const PUSHED = '"countType":"sinceImagePushed","countUnit":"days","countNumber":1';
const MORE = '"countType":"imageCountMoreThan","countNumber":1';

describe('an ECR lifecycle policy', () => {
  it('is read as it is, and its rules sorted', () => {
    const text = ecrText(
      { priority: 7, status: 'any', days: 30 },
      { priority: 2, patterns: ['prod*'], count: 5, description: 'five' },
      { priority: 1, status: 'untagged', days: 1 },
    );
    const at = expect.stringMatching(/^dir\/p\.json:1:\d+$/);
    const rules = [
      { priority: 1, selection: { tagStatus: 'untagged' }, limit: { kind: 'age', days: 1 }, at },
      {
        priority: 2,
        description: 'five',
        selection: { tagStatus: 'tagged', patterns: ['prod*'] },
        limit: { kind: 'count', images: 5 },
        at,
      },
      { priority: 7, selection: { tagStatus: 'any' }, limit: { kind: 'age', days: 30 }, at },
    ];
    const entry = { match: ['**'], retention: { kind: 'ecr', rules, at }, at };
    const expected = { file: 'dir/p.json', protect: { tags: [], digests: [] }, entries: [entry] };
    expect(parsePolicy(text, 'dir/p.json', noFiles)).toEqual(expected);
    expect(parsePolicy(`\ufeff${text}`, 'dir/p.json', noFiles)).toEqual(expected);
  });

  it('is read as the AWS CLI prints it', () => {
    const envelope = {
      registryId: '012345678901',
      repositoryName: 'team/app',
      lifecyclePolicyText: ecrText({ priority: 1, status: 'untagged', days: 1 }),
      lastEvaluatedAt: '2026-01-01T00:00:00+00:00',
    };
    const { entries } = parsePolicy(JSON.stringify(envelope, null, 4), 'p.json', noFiles);
    const bare = parsePolicy(envelope.lifecyclePolicyText, 'p.json', noFiles);
    const [got, want] = [entries[0]!.retention, bare.entries[0]!.retention];
    const places = (at: string) => ({
      at: `p.json:4:28: lifecyclePolicyText, there ${at.slice('p.json:'.length)}`,
    });
    expect(want.kind).toBe('ecr');
    if (want.kind !== 'ecr') return;
    const rules = want.rules.map((one) => ({ ...one, ...places(one.at) }));
    expect(got).toEqual({ ...want, rules, ...places(want.at), awsRepository: 'team/app' });
  });

  it.each([
    [
      'a transition',
      rule(
        '{"tagStatus":"any","countType":"sinceImageTransitioned","countUnit":"days","countNumber":1}',
      ),
      [
        `"sinceImageTransitioned" @ rules[0].selection.countType: sinceImageTransitioned counts from a move to the archive, ${WHOLE}`,
      ],
    ],
    [
      'a storage class',
      rule(`{"tagStatus":"any","storageClass":"standard",${MORE}}`),
      [`"standard" @ rules[0].selection.storageClass: selects by storage class, ${WHOLE}`],
    ],
    [
      'an archive',
      rule(`{"tagStatus":"any",${MORE}}`, '{"type":"transition","targetStorageClass":"archive"}'),
      [
        `"transition" @ rules[0].action.type: transition moves images to another storage class, ${WHOLE}`,
        `"archive" @ rules[0].action.targetStorageClass: names a storage class, ${WHOLE}`,
      ],
    ],
  ])('is refused whole for %s', (_, text, lines) => {
    expect(failure(text).map((line) => located(text, line))).toEqual(lines);
  });

  it.each([
    [
      'an unknown field',
      rule(`{"tagStatus":"any",${MORE},"tags":[]}`),
      '"tags" @ rules[0].selection.tags: unknown field',
    ],
    [
      'an unknown field above',
      `{"rule":1,${rule(`{"tagStatus":"any",${MORE}}`).slice(1)}`,
      '"rule" @ rule: unknown field; did you mean "rules"?',
    ],
    [
      'a wrong type',
      rule(`{"tagStatus":"any",${MORE}}`, undefined, '"1"'),
      '"1" @ rules[0].rulePriority: must be a whole number',
    ],
    [
      'a fraction',
      rule(`{"tagStatus":"any",${MORE}}`, undefined, '1.5'),
      '1.5 @ rules[0].rulePriority: must be a whole number',
    ],
    [
      'a null',
      rule(`{"tagStatus":"any",${MORE}}`, '{"type":"expire","targetStorageClass":null}'),
      `null @ rules[0].action.targetStorageClass: names a storage class, ${WHOLE}`,
    ],
    [
      'zero',
      rule('{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":0}'),
      '0 @ rules[0].selection.countNumber: must be at least 1',
    ],
    [
      'no count',
      rule('{"tagStatus":"any","countType":"imageCountMoreThan"}'),
      '{"tagStatus" @ rules[0].selection.countNumber: is missing (number)',
    ],
    [
      'a strange count type',
      rule('{"tagStatus":"any","countType":"constructor","countNumber":1}'),
      '"constructor" @ rules[0].selection.countType: unknown value "constructor"; supported: imageCountMoreThan, sinceImagePushed, sinceImagePulled',
    ],
    [
      'a strange status',
      rule(`{"tagStatus":"all",${MORE}}`),
      '"all" @ rules[0].selection.tagStatus: must be "tagged" or "untagged" or "any"',
    ],
    [
      'a strange action',
      rule(`{"tagStatus":"any",${MORE}}`, '{"type":"remove"}'),
      '"remove" @ rules[0].action.type: unknown action "remove"; only expire is supported',
    ],
    [
      'both lists',
      rule(`{"tagStatus":"tagged","tagPatternList":["a"],"tagPrefixList":["a"],${PUSHED}}`),
      '["a" @ rules[0].selection.tagPrefixList: a rule has a tagPatternList or a tagPrefixList, not both',
    ],
    [
      'an empty list',
      rule(`{"tagStatus":"tagged","tagPatternList":[],${PUSHED}}`),
      '[ @ rules[0].selection.tagPatternList: must not be empty',
    ],
    [
      'an empty prefix',
      rule(`{"tagStatus":"tagged","tagPrefixList":[""],${PUSHED}}`),
      '"" @ rules[0].selection.tagPrefixList[0]: must not be empty',
    ],
    [
      'five wildcards',
      rule(`{"tagStatus":"tagged","tagPatternList":["*1*2*3*4*"],${PUSHED}}`),
      '"*1*2*3*4*" @ rules[0].selection.tagPatternList[0]: has more than 4 wildcards',
    ],
    [
      'a list for untagged',
      rule(`{"tagStatus":"untagged","tagPrefixList":["a"],${PUSHED}}`),
      '["a" @ rules[0].selection.tagPrefixList: is only allowed with tagStatus "tagged", not with "untagged"',
    ],
    [
      'a list for any',
      rule(`{"tagStatus":"any","tagPatternList":["a"],${PUSHED}}`),
      '["a" @ rules[0].selection.tagPatternList: is only allowed with tagStatus "tagged", not with "any"',
    ],
    [
      'no unit',
      rule('{"tagStatus":"any","countType":"sinceImagePushed","countNumber":1}'),
      '{"tagStatus" @ rules[0].selection.countUnit: sinceImagePushed requires countUnit "days"',
    ],
    [
      'hours',
      rule(
        '{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"hours","countNumber":1}',
      ),
      '"hours" @ rules[0].selection.countUnit: sinceImagePushed requires countUnit "days"',
    ],
    [
      'a unit for a count',
      rule(`{"tagStatus":"any",${MORE},"countUnit":"days"}`),
      '"days" @ rules[0].selection.countUnit: is only allowed with sinceImagePushed and sinceImagePulled',
    ],
    ['no rule', '{"rules":[]}', '[ @ rules: must not be empty'],
    [
      'a cut file',
      '{"rules":[',
      ' @ Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a key twice', '{"rules":[],\n"rules":[]}', '"rules" @ Map keys must be unique'],
    [
      'another document',
      '["rules"]',
      '["rules" @ is not a policy: it has neither "rules" (an ECR lifecycle policy), nor "lifecyclePolicyText" (the AWS CLI’s output), nor "version" and "repositories"',
    ],
  ])('may not have %s', (_, text, line) => {
    expect(located(text, failure(text)[0]!)).toBe(line);
  });

  it('may not have rules that clash', () => {
    const text = [
      '{"rules": [',
      `{"rulePriority": 1, "selection": {"tagStatus":"tagged","tagPrefixList":["a","b"],${MORE}}, "action": {"type":"expire"}},`,
      `{"rulePriority": 2, "selection": {"tagStatus":"any",${MORE}}, "action": {"type":"expire"}},`,
      `{"rulePriority": 1, "selection": {"tagStatus":"untagged",${MORE}}, "action": {"type":"expire"}},`,
      `{"rulePriority": 3, "selection": {"tagStatus":"tagged","tagPrefixList":["b","a"],${PUSHED}}, "action": {"type":"expire"}},`,
      `{"rulePriority": 4, "selection": {"tagStatus":"untagged",${PUSHED}}, "action": {"type":"expire"}}`,
      ']}',
    ].join('\n');
    expect(failure(text)).toEqual([
      'p.json:3:18: rules[1].rulePriority: a rule for "any" must come last: its priority must be the highest number (now 4)',
      'p.json:4:18: rules[2].rulePriority: rules[0] also has priority 1',
      'p.json:5:34: rules[3].selection: selects the same images as rules[0]; only one rule may',
      'p.json:6:34: rules[4].selection: selects the same images as rules[2]; only one rule may',
    ]);
  });

  it('names both places of an error in the AWS CLI’s output', () => {
    const text = JSON.stringify({ lifecyclePolicyText: '{"rules":\n[{}]}' });
    expect(failure(text)[0]).toBe(
      'p.json:1:24: lifecyclePolicyText, there 2:2: rules[0].selection: is missing (object)',
    );
  });
});
