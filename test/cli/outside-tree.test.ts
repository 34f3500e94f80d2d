/** Files that a command writes never land in the registry's tree: a line of a log in a link breaks its tag. */
import { lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyFixture } from '../harness/fixture.js';
import { regsweep } from '../harness/in-process.js';
import { tempFolder } from '../harness/temp.js';

/** Every path of the tree, with its content. */
function contents(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const stat = lstatSync(join(folder, path));
      return stat.isFile() ? `${path} ${readFileSync(join(folder, path), 'hex')}` : path;
    });
}

async function treeAndFile(): Promise<{ root: string; v2: string; link: string; outside: string }> {
  const outside = await tempFolder();
  const root = copyFixture(join(outside, 'root'));
  const v2 = join(root, 'docker/registry/v2');
  const found = readdirSync(v2, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('current/link'),
  );
  return { root, v2, link: join(v2, found!), outside };
}

it('refuses to log into a file of the tree, also by a symbolic link, and by one that dangles', async () => {
  const { root, v2, link, outside } = await treeAndFile();
  symlinkSync(link, join(outside, 'log'));
  symlinkSync(join(v2, 'repositories/_new'), join(outside, 'new'));
  const before = contents(v2);
  for (const file of [link, join(outside, 'log'), join(outside, 'new'), join(v2, 'blobs/log')]) {
    const { code, stderr } = await regsweep(['analyze', root, '--log-file', file]);
    expect([code, stderr]).toEqual([
      64,
      expect.stringContaining(`--log-file ${file} is inside the registry's tree`),
    ]);
  }
  expect(contents(v2)).toEqual(before);
});

it('refuses a plan, a page, metrics, a backup and a state directory in the tree', async () => {
  const { root, v2 } = await treeAndFile();
  const before = contents(v2);
  const place = join(v2, 'repositories/_x.prom');
  for (const args of [
    ['plan', '-o', place],
    ['report', '-o', place],
    ['rm', '**', '--dry-run', '-o', place],
    ['analyze', '--metrics-file', place],
    ['analyze', '--state-dir', place],
    ['sweep', '--dry-run', '--state-dir', place],
    ['rm', '**', '--dry-run', '--backup', place],
  ]) {
    const { code, stderr } = await regsweep([...args, '--root', root]);
    expect([args, code, stderr]).toEqual([
      args,
      64,
      expect.stringContaining(`${place} is inside the registry's tree`),
    ]);
  }
  expect(contents(v2)).toEqual(before);
});

it('knows the tree by whatever name it was given, and writes beside it', async () => {
  const { root, v2, outside } = await treeAndFile();
  symlinkSync(root, join(outside, 'other'));
  const inside = join(outside, 'other/docker/registry/v2/log');
  expect((await regsweep(['analyze', v2, '--log-file', inside])).code).toBe(64);
  const beside = join(root, 'docker/log');
  expect((await regsweep(['analyze', join(outside, 'other'), '--log-file', beside])).code).toBe(0);
  expect(readFileSync(beside, 'utf8')).toContain('"event":"end"');
});
