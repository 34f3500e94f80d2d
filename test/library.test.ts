/** The library as its users get it: the example of docs/api.md, run against the built package. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as library from '../src/index.js';
import { copyFixture } from './harness/fixture.js';
import { oracle } from './harness/oracle.js';
import { run } from './harness/process.js';
import { tempFolder } from './harness/temp.js';

const project = fileURLToPath(new URL('..', import.meta.url));

it('runs the example of the documentation', async () => {
  const folder = await tempFolder();
  const root = copyFixture(join(folder, 'root'));
  const [, example] = /```js\n([\s\S]*?)```/.exec(
    readFileSync(join(project, 'docs/api.md'), 'utf8'),
  )!;
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(project, join(folder, 'node_modules/regsweep'));
  writeFileSync(join(folder, 'example.mjs'), example!);
  const { code, stdout, stderr } = await run(process.execPath, ['example.mjs', root], {
    cwd: folder,
  });
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.filter((line) => / sha256:[0-9a-f]{64}$/.test(line))).toHaveLength(13);
  const blobs = lines.flatMap(
    (line) => /^blob blobs\/sha256\/..\/(\S+) \d+: \S/.exec(line)?.[1] ?? [],
  );
  expect(blobs.map((hex) => `sha256:${hex}`).sort()).toEqual(
    [...oracle(root, true).garbage].sort(),
  );
});

it('exports what the documentation names, and nothing that changes a tree', () => {
  const functions = Object.entries(library)
    .filter(([, value]) => typeof value === 'function')
    .map(([name]) => name);
  expect(functions.sort()).toEqual([
    'RegsweepError',
    'ageGroups',
    'buildPlan',
    'digestOf',
    'exitCodeOf',
    'explain',
    'mark',
    'markDefaults',
    'nodeOf',
    'openTree',
    'parseDigest',
    'readFacts',
    'tagUsage',
    'usage',
  ]);
  const text = readFileSync(join(project, 'docs/api.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => [
    ...cell!.matchAll(/`(\w+)\(/g),
  ]);
  for (const [, name] of rows) expect(functions).toContain(name);
});
