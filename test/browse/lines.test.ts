/** The browser's lines fit its smallest terminal, 60 × 20. */
import { expect, it } from 'vitest';
import type { Row } from '../../src/app/browse/rows.js';
import { START } from '../../src/app/browse/state.js';
import { whyLines } from '../../src/app/browse/why.js';
import { HELP, keysLine, markedLine } from '../../src/cli/browse/lines.js';
import type { Explanation } from '../../src/graph/explain.js';

const row: Row = {
  key: 'app',
  kind: 'repository',
  label: 'app',
  bytes: 9,
  unique: 9,
  garbage: 0,
  targets: ['app'],
  question: { repository: 'app' },
};

const explanation = (tags: number, links: number): Explanation =>
  ({
    subject: 'app',
    state: 'live',
    chain: Array.from({ length: tags }, (_, i) => ({
      kind: 'tag',
      repository: 'app',
      tag: `v${i}`,
    })),
    linkedIn: Array.from({ length: links }, (_, i) => ({ repository: `r${i}`, as: 'layer link' })),
    frees: { blobs: 3, bytes: 9 },
  }) as unknown as Explanation;

it.each([
  [6000, 0],
  [0, 300],
  [6000, 300],
  [2, 300],
  [6000, 1],
  [1, 1],
])('%i tags and %i links: what removing it frees is still on the screen', (tags, links) => {
  const lines = whyLines(row, explanation(tags, links), 16);
  expect(lines.length).toBeLessThanOrEqual(16);
  expect(lines.at(-1)).toBe('Removing it alone frees 9 B in 3 blobs.');
  const listed = lines.filter((line) => /^ {2}(?:tag|r\d)/.test(line)).length;
  const more = lines.flatMap((line) => /^ {2}and ([\d,]+) more$/.exec(line)?.[1] ?? []);
  const rest = more.reduce((sum, text) => sum + Number(text.replace(',', '')), 0);
  expect(listed + rest).toBe(tags + links);
});

it('keys and help fit 60 columns, uncut', () => {
  expect(HELP.filter((line) => line.length > 60)).toEqual([]);
  expect(keysLine(60)).toMatch(/q quit$/);
  expect(keysLine(80)).toMatch(/\? help$/);
  expect(markedLine(START, undefined, 60)).toMatch(/all keys\.$/);
});
