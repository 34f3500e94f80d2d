import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../src/policy/', import.meta.url));
const ALLOWED =
  /^(?:\.\/|\.\.\/(?:errors|storage\/digest|facts\/(?:types|manifests|meant)|graph\/types)\.js$|(?:yaml|zod|picomatch)$)/;

it('policy reads no disk, no clock, and prints nothing', () => {
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(10);
  for (const name of files) {
    const text = fs.readFileSync(`${folder}${name}`, 'utf8');
    const imports = [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1]!);
    expect([name, imports.filter((specifier) => !ALLOWED.test(specifier))]).toEqual([name, []]);
    expect([name, /Date\.|new Date|performance\.|console\.|process\./.test(text)]).toEqual([
      name,
      false,
    ]);
  }
});
