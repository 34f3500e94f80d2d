import fs from 'node:fs';
import { expect, it } from 'vitest';
import { policyJsonSchema } from '../../src/policy/file/json-schema.js';
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

it('docs/policy.schema.json is up to date (npm run policy-schema)', () => {
  const file = new URL('../../docs/policy.schema.json', import.meta.url);
  expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(policyJsonSchema())),
  );
});
