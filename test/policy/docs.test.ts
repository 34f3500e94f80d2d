import fs from 'node:fs';
import { expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/file/parse.js';
import { lintPolicy } from '../../src/policy/index.js';
import { ecrText } from './helpers.js';

it('the documentation’s examples are valid policies', () => {
  const text = fs.readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```(json|yaml)\n(.*?)^```/gms)].map((match) => match[2]!);
  const load = () => ecrText({ priority: 1, status: 'any', count: 3 });
  const warnings = blocks.map((block) =>
    lintPolicy(parsePolicy(block, 'docs/policy.md', load)).map(({ message }) => message),
  );
  expect(warnings).toEqual([[], [], [], []]);
});
