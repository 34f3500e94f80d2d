/** GitHub's own parser reads the workflows, and what they run is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeTemp, removeTemp } from '../harness/temp.js';

const FOLDER = '.github/workflows';
const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const files = readdirSync(new URL(`../../${FOLDER}`, import.meta.url)).sort();

/** What is used of `@actions/workflow-parser`. */
interface Parser {
  NoOperationTraceWriter: new () => object;
  parseWorkflow(file: { name: string; content: string }, trace: object): Parsed;
  convertWorkflowTemplate(context: object, value: object): Promise<unknown>;
}
interface Parsed {
  readonly context: { readonly errors: { getErrors(): { readonly message: string }[] } };
  readonly value?: object;
}
interface Job {
  readonly needs?: string | string[];
  readonly steps: readonly { readonly run?: string }[];
}
let parser: Parser;

/** In one file: it imports JSON in a way that Node 20 refuses. */
beforeAll(async () => {
  const folder = await makeTemp();
  const outfile = join(folder, 'parser.cjs');
  const resolveDir = fileURLToPath(new URL('../..', import.meta.url));
  const stdin = { contents: "export * from '@actions/workflow-parser';", resolveDir };
  await build({ stdin, outfile, bundle: true, format: 'cjs', platform: 'node' });
  parser = createRequire(import.meta.url)(outfile);
  await removeTemp(folder);
});

/** Of the syntax, of expressions and of jobs that need each other. */
async function errorsIn(content: string): Promise<string[]> {
  const { context, value } = parser.parseWorkflow(
    { name: 'it', content },
    new parser.NoOperationTraceWriter(),
  );
  if (value !== undefined) await parser.convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

it('there are two', () => expect(files).toEqual(['ci.yml', 'release.yml']));

it.each(files)('%s is understood', async (file) => {
  const text = read(`${FOLDER}/${file}`);
  expect(await errorsIn(text)).toEqual([]);
  const wrong = [
    text.replace('runs-on:', 'run-on:'),
    text.replace('${{ github.', '${{ githb.'),
    `${text}\n  another:\n    needs: nothing\n    runs-on: x\n    steps: [{ run: x }]\n`,
  ];
  for (const changed of wrong) expect(await errorsIn(changed)).not.toEqual([]);
});

it.each(files)('%s runs scripts and files that there are', (file) => {
  const text = read(`${FOLDER}/${file}`);
  expect(Object.keys(parse(text).jobs).length).toBeGreaterThan(1);
  const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  const paths = text.match(/(?:\.ci|test|packaging|test-fixtures)\/[\w./-]+/g) ?? [];
  const missing = paths.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)));
  expect(missing).toEqual([]);
});

it('a release publishes nothing before its executables have run', () => {
  const { jobs } = parse(read(`${FOLDER}/release.yml`)) as { jobs: Record<string, Job> };
  const needed = (name: string): string[] =>
    [jobs[name]?.needs ?? []].flat().flatMap((one) => [one, ...needed(one)]);
  const publishing = Object.keys(jobs).filter((name) =>
    /npm publish|"push":true|gh release create/.test(JSON.stringify(jobs[name])),
  );
  expect(publishing).toEqual(['npm', 'image', 'publish']);
  for (const name of publishing)
    expect([name, needed(name)]).toContainEqual(
      expect.arrayContaining(['try-executable', 'check']),
    );
});

it('npm publishes with provenance, which needs the repository in package.json', () => {
  const { jobs } = parse(read(`${FOLDER}/release.yml`)) as { jobs: Record<string, Job> };
  const lines = jobs.npm!.steps.flatMap(({ run = [] }) => run);
  const publish = lines.findIndex((line) => line.startsWith('npm publish --provenance'));
  const known = lines.findIndex((line) => /^npm pkg set .*"repository\.url=/.test(line));
  expect([known, publish].every((at) => at >= 0) && known < publish).toBe(true);
});
