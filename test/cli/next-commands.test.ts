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
