/** Commands in the output act on the tree that was looked at, with the same options. */
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { tempFolder } from '../harness/temp.js';

const AGES = ['--min-age', '0s', '--age-by', 'mtime'];

async function store() {
  const tree = new TreeBuilder(join(await tempFolder(), 'a root')).at(Date.UTC(2024, 0, 1));
  const random = new Random('next commands');
  const image = images.dockerImage(random);
  for (const name of ['a', 'b', 'c', 'd', 'e']) tree.push(`team/${name}`, image, 'v1', 'same');
  tree.push('team/app', image, 'v1');
  tree.push('team/app', images.dockerImage(random));
  return { tree, root: tree.root, quoted: `'${tree.root}'` };
}

it('check’s remedies name the tree, and the ages that found the leftovers', async () => {
  const { tree, root, quoted } = await store();
  tree.upload('team/app', 'old', 'data');
  tree.upload('dead', 'old', 'data');
  const { stdout } = await regsweep(['check', root, ...AGES]);
  expect(stdout).toContain(`→ regsweep tidy ${quoted} --min-age 0s --age-by mtime\n`);
  expect(stdout).toContain(`→ regsweep sweep ${quoted} --min-age 0s --age-by mtime\n`);
  const { json } = await regsweep(['check', root, ...AGES, '--format', 'json']);
  const { findings } = json as { findings: { code: string; remedy: string }[] };
  expect(findings.find(({ code }) => code === 'stale-upload')?.remedy).toBe('regsweep sweep');
});

it('rm tells shared blobs once, and how to remove the rest', async () => {
  const { root, quoted } = await store();
  const rm = ['rm', 'team/app:v1', '--root', root, '--dry-run', ...AGES];
  const { stdout } = await regsweep(rm);
  expect(stdout.match(/because shared/g)).toHaveLength(1);
  expect(stdout).toMatch(
    /because shared: (\d) blobs, .* needed by team\/a, team\/b, team\/c, team\/d and 1 more\n/,
  );
  expect(stdout).toContain(`to remove it completely: regsweep rm team/app --root ${quoted}\n`);
  const { json } = await regsweep([...rm, '--format', 'json']);
  const { shared, sharedWith } = json as Record<'shared', { blobs: number }> & {
    sharedWith: { blobs: number }[];
  };
  expect(sharedWith).toHaveLength(5);
  for (const { blobs } of sharedWith) expect(blobs).toBe(shared.blobs);
});

it('explain says where removing a tag alone frees nothing, and whose size it shows', async () => {
  const { root } = await store();
  const { stdout } = await regsweep(['explain', 'team/a:same', '--root', root, ...AGES]);
  expect(stdout).toContain('removing only it would free no blob\n');
  expect(stdout).toMatch(/^size of the manifest: /m);
});

it('ls of an image leads to the command that shows its platforms', async () => {
  const { root, quoted } = await store();
  const { code, stderr } = await regsweep(['ls', 'team/a:v1', root]);
  expect(code).toBe(64);
  expect(stderr).toContain(`\n    regsweep explain --platform team/a:v1 ${quoted}\n`);
});

it('a remedy of several lines stays readable in the next step', async () => {
  const { root } = await store();
  writeFileSync(join(root, 'scheduler-state.json'), '{}');
  const { stdout } = await regsweep(['analyze', root, ...AGES]);
  expect(stdout).not.toContain('\\x0a');
  expect(stdout).toContain(`\n    if it is still a cache`);
});

it('one option that resolves two refusals is named once', async () => {
  const { root } = await store();
  const args = ['rm', 'team/*', '--root', root, '--dry-run', '--quiet-window', '0s', ...AGES];
  const { stderr } = await regsweep(args);
  expect(stderr).toContain('100% of all blobs');
  expect(stderr).toContain('100% of all bytes');
  expect(stderr.match(/if that is intended: --max-delete 100%/g)).toHaveLength(1);
});

it('the page’s commands have the options of the scan, and its title counts uploads', async () => {
  const { tree, root, quoted } = await store();
  tree.upload('dead', 'old', 'data');
  tree.upload('team/app', 'old', 'd'.repeat(50_000));
  const { stdout } = await regsweep(['report', root, '-o', '-', ...AGES]);
  const data = />(\{"schemaVersion.*?)<\/script>/s.exec(stdout)?.[1] ?? '';
  const { findings } = JSON.parse(data) as { findings: { command?: string }[] };
  expect(findings.map(({ command }) => command)).toContain(
    `regsweep tidy ${quoted} --min-age 0s --age-by mtime`,
  );
});

it('explain of garbage that can’t be moved leads to what helps', async () => {
  const { tree, root, quoted } = await store();
  const digest = tree.blob('garbage');
  renameSync(`${tree.v2}/blobs`, `${root}/elsewhere`);
  symlinkSync(`${root}/elsewhere`, `${tree.v2}/blobs`);
  const { stdout } = await regsweep(['explain', digest, '--root', root, ...AGES]);
  expect(stdout).toContain(`to see what helps: regsweep check ${quoted}\n`);
});

/** Splits a line as a shell does, for words in single quotes. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/ {2,}#.*/, '').matchAll(/'([^']*)'|\S+/g)].map(
    ([word, quoted]) => quoted ?? word,
  );

/** Types each printed line of regsweep that looks or can be tried. @returns their exit codes */
async function typed(text: string): Promise<[string, number][]> {
  const lines = [...text.matchAll(/regsweep (?:ls|check|rm|trash list|explain) .*$/gm)];
  const codes: [string, number][] = [];
  for (const [line] of lines) {
    const words = wordsOf(line).slice(1);
    const dry = words[0] === 'rm' ? ['--dry-run', ...AGES] : [];
    codes.push([words[0]!, (await regsweep([...words, ...dry])).code]);
  }
  return codes;
}

it('what to type after a name that is not there works from any folder', async () => {
  const { root } = await store();
  const said = async (...args: string[]): Promise<string> => (await regsweep(args)).stderr;
  const absent = `sha256:${'0'.repeat(64)}`;
  const told = [
    await said('rm', 'nosuch', '--root', root, '--dry-run'),
    await said('rm', 'team/a:zzz', '--root', root, '--dry-run'),
    await said('ls', 'nosuch', '--root', root),
    await said('explain', absent, '--root', root),
    await said('trash', 'list', root, '--run', 'nosuch'),
  ];
  expect(await typed(told.join(''))).toEqual([
    ['ls', 0],
    ['ls', 0],
    ['ls', 0],
    ['ls', 0],
    ['trash', 0],
    ['trash', 0],
  ]);
});

it('what to type instead of a removal that can’t be done works from any folder', async () => {
  const { tree, root } = await store();
  const random = new Random('parts');
  const children = [images.dockerImage(random), images.dockerImage(random)];
  for (const child of children) tree.push('multi', child);
  const index = tree.push('multi', images.manifestList(children), 'v1');
  const child = children[0]!.manifest.digest;
  const part = await regsweep(['rm', `multi@${child}`, '--root', root, '--dry-run', ...AGES]);
  expect(part.stderr + part.stdout).toContain(`regsweep rm multi@${index} --root '${root}'`);
  tree.file('repositories/team/a/_manifests/tags/broken/current/link', 'no digest');
  const kept = await regsweep(['rm', 'team/a:v1', '--root', root, '--dry-run', ...AGES]);
  expect(await typed(part.stderr + part.stdout)).toEqual([['rm', 0]]);
  expect(await typed(kept.stderr + kept.stdout)).toEqual([
    ['check', 0],
    ['rm', 0],
  ]);
});
