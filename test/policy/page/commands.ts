/** The head of the page: what the commands do with a policy. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { regsweep } from '../../harness/in-process.js';
import { tempFolder } from '../../harness/temp.js';
import { failure } from '../failure.js';
import { type Row, row, shownBy } from './row.js';

const E2E = 'e2e/policy.test.ts';
const SWEPT = 'is previewed, planned and swept the same, and the rest is served bit for bit';

export const COMMANDS: readonly Row[] = [
  shownBy(
    [
      'A policy says which images of a repository may go.',
      'It deletes nothing by itself: regsweep marks what is in use without the expired images, and a sweep removes what is no longer in use.',
      '`analyze --policy` shows what would be garbage.',
    ],
    E2E,
    SWEPT,
  ),
  row(
    'A policy that is not valid ends each command with 64, before the tree is read.',
    async () => {
      const file = join(await tempFolder(), 'policy.yaml');
      writeFileSync(file, 'version: 2\n');
      for (const command of [
        ['policy', 'preview', file],
        ...['analyze', 'plan', 'report', 'sweep'].map((name) => [name, '--policy', file]),
      ]) {
        const { code, stderr } = await regsweep([...command, '--root', '/nowhere']);
        expect([code, stderr]).toEqual([64, expect.stringContaining('version')]);
      }
    },
  ),
  shownBy(
    "`plan --policy FILE -o PLAN` writes the policy's text into the plan, so `sweep --plan PLAN` applies the policy that was reviewed.",
    E2E,
    'goes with the plan file that was made by it',
  ),
  shownBy(
    'The reason for each tag and manifest that goes is in the plan, in the result (`removed`) and in the audit log.',
    'e2e/policy.test.ts',
    'tells why in the plan, in the result and in the audit log',
  ),
  shownBy(
    '`policy check` prints each problem as `file:line:column: path: what`, and exits with 64 if there is one.',
    E2E,
    'check tells what is wrong and where, for people and for machines',
  ),
  shownBy(
    'It warns of what is valid but seldom meant: a list that was thought to be an "or", a rule that never applies because of an earlier one, a policy that would empty a quiet repository.',
    'policy/lint.test.ts',
    'a list is a conjunction',
  ),
  shownBy(
    'With a root (`policy check policy.yaml /srv/registry`), and in a preview, the first warnings are of patterns that match no tag or repository there, of a `protect` that protects nothing, and of repositories that lose over half of their tags.',
    'cli/policy-warnings.test.ts',
    'is told of these before anything else',
  ),
  row('An unknown field is an error that offers the nearest known one.', () => {
    const entry = (field: string) => `version: 1\nrepositories:\n  - { match: [a], ${field}: 3 }\n`;
    expect(failure(entry('keepLst')).join()).toContain('did you mean "keepLast"?');
    expect(failure('{"rules":[{"rulePriorty":1}]}').join()).toContain(
      'did you mean "rulePriority"?',
    );
  }),
  shownBy(
    '`docs/policy.schema.json` is a JSON Schema for editors: `# yaml-language-server: $schema=...` in the first line of a policy.',
    'policy/docs.test.ts',
    'docs/policy.schema.json is up to date (npm run policy-schema)',
  ),
];
