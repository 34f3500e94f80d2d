/** Each sentence of docs/policy.md, and each row of its tables, is held by a check. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.js';
import { ECR } from './ecr.js';
import { IMAGES } from './images.js';
import { KEEPING } from './keeping.js';
import { PATTERNS } from './patterns.js';
import { PULLS } from './pulls.js';
import { REMOVING } from './removing.js';
import { statementsOf } from './statements.js';

const page = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
const ROWS = [...[COMMANDS, IMAGES, ECR, KEEPING, PATTERNS, PULLS, REMOVING].flat()];

it('the rows are the statements of the page, in its order', () => {
  expect(ROWS.flatMap(({ says }) => says)).toEqual(statementsOf(page));
});

it('sentences, items and rows of tables are statements', () => {
  const text = [
    '# Head\n\nOne is `a.b`. Two\nends here. `Three`.\n\n- Item. More.\n- Other,\n  longer\n1. First',
    '\n```sh\ncode\n```\n\n| a | b |\n|---|---|\n| x | `y\\|z` |\n\nLast: row',
  ].join('\n');
  expect(statementsOf(text)).toEqual([
    ...['One is `a.b`.', 'Two ends here.', '`Three`.', 'Item.', 'More.', 'Other, longer', 'First'],
    ...['x | `y\\|z`', 'Last: row'],
  ]);
});

describe('docs/policy.md says:', () => {
  for (const { says, check } of ROWS) {
    if (check !== undefined) it([says].flat().join(' '), check);
  }
});
