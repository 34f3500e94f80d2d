/** Policies as articles write them, and as they are pasted: each reading is told, or named as wrong. */
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/file/parse.js';
import { ecr, expiring, image, noFiles } from './helpers.js';

const parse = (text: string) => parsePolicy(text, 'p.json', noFiles);
const PLAIN = ecr({ priority: 1, patterns: ['dev-*'], days: 14 }).entries[0]!.retention;
const rulesOf = (text: string): unknown => {
  const { retention } = parse(text).entries[0]!;
  return retention.kind === 'ecr' ? retention.rules.map(({ at: _, ...rule }) => rule) : retention;
};
const EXPECTED = PLAIN.kind === 'ecr' ? PLAIN.rules.map(({ at: _, ...rule }) => rule) : [];

const SELECTION =
  '"tagStatus":"tagged","tagPatternList":["dev-*"],"countType":"sinceImagePushed","countUnit":"days","countNumber":14';

describe('readings', () => {
  it.each<[string, string, string]>([
    [
      'snake_case',
      '{"rules":[{"rule_priority":1,"selection":{"tag_status":"tagged","tag_pattern_list":["dev-*"],"count_type":"sinceImagePushed","count_unit":"days","count_number":14},"action":{"type":"expire"}}]}',
      '"rule_priority" is read as rulePriority',
    ],
    [
      'an action as a word',
      `{"rules":[{"rulePriority":1,"selection":{${SELECTION}},"action":"expire"}]}`,
      'action "expire" is read as { "type": "expire" }',
    ],
    [
      'delete',
      `{"rules":[{"rulePriority":1,"selection":{${SELECTION}},"action":"delete"}]}`,
      'action "delete" is read as',
    ],
    [
      'an action of type delete',
      `{"rules":[{"rulePriority":1,"selection":{${SELECTION}},"action":{"type":"delete"}}]}`,
      'action type "delete" is read as expire',
    ],
    [
      'no priority',
      `{"rules":[{"selection":{${SELECTION}},"action":{"type":"expire"}}]}`,
      'rules without rulePriority are numbered in their order',
    ],
    [
      'countUnits',
      `{"rules":[{"rulePriority":1,"selection":{${SELECTION.replace('countUnit', 'countUnits')}},"action":{"type":"expire"}}]}`,
      '"countUnits" is read as countUnit',
    ],
    [
      'without selection',
      `{"rules":[{"rulePriority":1,${SELECTION},"action":{"type":"expire"}}]}`,
      'tagStatus, tagPatternList, countType, countUnit, countNumber in the rule itself',
    ],
    [
      'YAML',
      `rules:\n  - rulePriority: 1\n    selection: {${SELECTION.replaceAll('"', '').replaceAll(':', ': ').replace('dev-*', '"dev-*"')}}\n    action: expire\n`,
      'action "expire"',
    ],
  ])('%s', (_, text, reading) => {
    expect(rulesOf(text)).toEqual(EXPECTED);
    expect(parse(text).readings?.join('\n')).toContain(`p.json: ${reading}`);
  });

  it('tagged without a list: all tags', () => {
    const policy = parse(
      '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"tagged","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}',
    );
    expect(policy.readings).toEqual([
      'p.json: tagStatus "tagged" without a list is read as all tags',
    ]);
    expect(
      expiring(
        policy,
        [image('a', 1, ['x']), image('b', 2, ['y']), image('c', 3)],
        ['a', 'b', 'c'],
      ),
    ).toEqual(['b']);
  });

  it('a tagSelector holds a regular expression', () => {
    const policy = parse(
      '{"rules":[{"rulePriority":1,"selection":{"tagSelector":{"tagPattern":"^dev-[0-9]+$","tagStatus":"tagged"},"countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}',
    );
    expect(policy.readings).toEqual([
      'p.json: tagSelector.tagPattern is read as a regular expression: /^dev-[0-9]+$/',
    ]);
    const images = [image('a', 20, ['dev-1']), image('b', 20, ['dev-x']), image('c', 1, ['keep'])];
    expect(expiring(policy, images, ['a', 'b', 'c'])).toEqual(['a']);
  });

  it('the wrapper, too', () => {
    const policy = parse(
      'version: 1\nrepositories:\n  - { match: ["**"], keep_last: 3, keep-within: 30d }\n',
    );
    expect(policy.readings).toEqual([
      'p.json: "keep_last" is read as keepLast',
      'p.json: "keep-within" is read as keepWithin',
    ]);
  });

  it('a policy as it should be has no reading', () => {
    expect(
      parse(`{"rules":[{"rulePriority":1,"selection":{${SELECTION}},"action":{"type":"expire"}}]}`)
        .readings,
    ).toBeUndefined();
  });
});

describe('what is wrong is named as what it is', () => {
  it.each<[string, string, string]>([
    [
      'line numbers',
      '1 version: 1\n2 repositories:\n3   - { match: ["**"], keepLast: 1 }\n',
      'p.json:1:1: each line starts with a line number',
    ],
    ['curly quotes', '{“rules”: []}', 'p.json:1:2: “ is a typographic quotation mark'],
    [
      'curly quotes in a value',
      'version: 1\nrepositories:\n  - { match: [“**”], keepLast: 1 }',
      'p.json:3:15: “ is a typographic',
    ],
    [
      'some rules with a priority',
      `{"rules":[{"rulePriority":1,"selection":{${SELECTION}},"action":{"type":"expire"}},{"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}`,
      'rules[1].rulePriority: is missing',
    ],
    [
      'another action',
      `{"rules":[{"rulePriority":1,"selection":{${SELECTION}},"action":"archive"}]}`,
      'rules[0].action: must be an object',
    ],
    [
      'a field that is near',
      `{"rules":[{"rulePriority":1,"selection":{${SELECTION},"countNumbr":1},"action":{"type":"expire"}}]}`,
      'did you mean "countNumber"?',
    ],
    [
      'a field of a group',
      'version: 1\nrepositories:\n  - match: ["**"]\n    rules: [{ tags: [a], keepLst: 1 }]',
      'did you mean "keepLast"?',
    ],
    [
      'Harbor',
      '{"rules":[{"template":"always","tag_selectors":[]}]}',
      'is a policy of Harbor, which regsweep doesn’t read',
    ],
    ['GitLab', '{"keep_n":5,"older_than":"7d","name_regex":".*"}', 'is a policy of GitLab'],
    [
      'Google',
      '[{"name":"x","action":{"type":"Delete"}}]',
      'is a policy of Google Artifact Registry',
    ],
    ['zot', '{"storage":{"retention":{"policies":[]}}}', 'is a policy of zot'],
  ])('%s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('curly quotes within a text are its own', () => {
    expect(() =>
      parse(
        `{"rules":[{"rulePriority":1,"description":"the “old” ones","selection":{${SELECTION}},"action":{"type":"expire"}}]}`,
      ),
    ).not.toThrow();
  });
});
