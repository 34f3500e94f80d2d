/** Each tree has an identity: several share a state folder, and a copy is another tree. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFixture } from '../harness/fixture.js';
import { regsweep } from '../harness/in-process.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, purge, restore, sweep, tidy } from './world.js';

const idOf = (root: string): string =>
  (JSON.parse(fs.readFileSync(join(root, '.regsweep/tree.json'), 'utf8')) as { id: string }).id;
const runsIn = (folder: string): string[] =>
  fs.existsSync(join(folder, 'runs')) ? fs.readdirSync(join(folder, 'runs')) : [];
const docker = (root: string): Map<string, string> => snapshot(join(root, 'docker'));
const filesOf = (root: string): string[] =>
  [...docker(root).keys()].filter((name) => /\/(data|link)$/.test(name));

describe('trees that share a state folder', needs('guard'), () => {
  it('have what is theirs under their id, and touch nothing of each other', async () => {
    const folder = await tempFolder();
    const state = join(folder, 'state');
    fs.mkdirSync(state, { mode: 0o700 });
    const a = copyFixture(join(folder, 'a'));
    const b = copyFixture(join(folder, 'b'));
    const before = docker(a);
    expectCode(await regsweep(['analyze', a, '--state-dir', state]), 0);
    expect(fs.existsSync(join(a, '.regsweep'))).toBe(false);
    expectCode(await sweep(a, '-m', '--state-dir', state), 0);
    const ofA = join(state, 'trees', idOf(a));
    const [run] = runsIn(ofA);
    // As if the run had been killed before its end.
    const journal = join(ofA, 'runs', run!, 'journal.jsonl');
    const text = fs.readFileSync(journal, 'utf8');
    fs.writeFileSync(journal, text.slice(0, text.indexOf('{"t":"end"')));
    const kept = fs.readFileSync(journal);
    for (const change of [tidy, sweep, purge, restore]) {
      const result = await change(b, '--state-dir', state);
      expect([0, 3]).toContain(result.code);
    }
    expect(idOf(b)).not.toBe(idOf(a));
    expect(fs.readFileSync(journal).equals(kept)).toBe(true);
    expectCode(await restore(a, '--state-dir', state), 0);
    expect(docker(a)).toEqual(before);
    expect(runsIn(ofA)).toEqual([]);
    // Found by the folder when the file beside the tree is lost.
    const id = idOf(a);
    expectCode(await sweep(a, '-m', '--state-dir', state), 0);
    fs.unlinkSync(join(a, '.regsweep/tree.json'));
    const list = await regsweep(['trash', 'list', a, '--state-dir', state, '--format', 'json']);
    expect(list.json).toMatchObject({ runs: [{ state: 'done' }] });
    expectCode(await restore(a, '--state-dir', state), 0);
    expect(idOf(a)).toBe(id);
  });
});

describe('a tree', needs('guard'), () => {
  it('keeps its id where the file is lost and a journal tells it, or the device’s number changed', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const before = docker(root);
    expectCode(await sweep(root, '-m'), 0);
    const id = idOf(root);
    const file = join(root, '.regsweep/tree.json');
    fs.unlinkSync(file);
    expectCode(await tidy(root), 0);
    expect(idOf(root)).toBe(id);
    const known = JSON.parse(fs.readFileSync(file, 'utf8')) as { binding: object };
    const binding = { ...known.binding, device: '250:9', boot: 'another' };
    fs.writeFileSync(file, JSON.stringify({ ...known, binding }));
    expectCode(await restore(root), 0);
    expect(docker(root)).toEqual(before);
    expect(idOf(root)).toBe(id);
  });

  it('that is a copy is another one: its journals are refused (14), its trash comes back by name', async () => {
    const folder = await tempFolder();
    const root = copyFixture(join(folder, 'root'));
    const before = filesOf(root);
    expect(before.length).toBeGreaterThan(20);
    expectCode(await sweep(root, '-m'), 0);
    const copy = join(folder, 'copy');
    execFileSync('cp', ['-a', root, copy]);
    const [run] = runsIn(join(copy, '.regsweep'));
    for (const change of [sweep, tidy, purge, restore]) {
      const refused = expectCode(await change(copy), 14);
      expect(refused.stderr).toContain(`trash restore ${copy} --run ${run}`);
    }
    expectCode(await restore(copy, '--run', run!), 0);
    expect(filesOf(copy)).toEqual(before);
    expect(idOf(copy)).not.toBe(idOf(root));
    expectCode(await tidy(copy), 0);
    expectCode(await restore(root), 0);
  });

  it('that is a copy is another one though it took the place of the tree that it is a copy of', async () => {
    const folder = await tempFolder();
    const root = copyFixture(join(folder, 'root'));
    expectCode(await sweep(root, '-m'), 0);
    const id = idOf(root);
    execFileSync('cp', ['-a', root, join(folder, 'copy')]);
    fs.rmSync(root, { recursive: true });
    fs.renameSync(join(folder, 'copy'), root);
    const [run] = runsIn(join(root, '.regsweep'));
    expect(expectCode(await purge(root), 14).stderr).toContain(
      `trash restore ${root} --run ${run}`,
    );
    expectCode(await restore(root, '--run', run!), 0);
    expect(idOf(root)).not.toBe(id);
  });

  it.each([
    ['a symbolic link', (path: string): void => fs.symlinkSync('/etc/passwd', path), 1],
    ['a FIFO', (path: string): void => void execFileSync('mkfifo', [path]), 1],
    ['a folder', (path: string): void => void fs.mkdirSync(path), 1],
    ['rubbish', (path: string): void => fs.writeFileSync(path, '{"v":1,"id":"../../../etc"}'), 0],
    ['a huge file', (path: string): void => fs.writeFileSync(path, Buffer.alloc(1 << 20, 0x20)), 0],
  ] as const)('whose identity is %s loses nothing', async (_, make, code) => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const before = docker(root);
    fs.mkdirSync(join(root, '.regsweep'), { mode: 0o700 });
    make(join(root, '.regsweep/tree.json'));
    const swept = expectCode(await sweep(root, '-m'), code);
    if (code !== 0) expect(swept.stderr).toContain('tree.json is not a regular file');
    else expectCode(await restore(root), 0);
    expect(docker(root)).toEqual(before);
  });

  it('swept with a state folder of an earlier version takes over what is its own', async () => {
    const folder = await tempFolder();
    const root = copyFixture(join(folder, 'root'));
    const state = join(folder, 'state');
    const before = docker(root);
    expectCode(await sweep(root, '-m', '--state-dir', state), 0);
    // As an earlier version left it, with another tree's run.
    const own = join(state, 'trees', idOf(root));
    const [run] = runsIn(own);
    fs.rmSync(join(own, 'tree.json'));
    for (const name of fs.readdirSync(own)) fs.renameSync(join(own, name), join(state, name));
    fs.rmdirSync(own);
    fs.unlinkSync(join(root, '.regsweep/tree.json'));
    const journal = join(state, 'runs', run!, 'journal.jsonl');
    const text = fs.readFileSync(journal, 'utf8');
    fs.writeFileSync(journal, text.replace(/,"tree":"[^"]*"/, '').replace(/,"born":"[^"]*"/, ''));
    const strange = join(state, 'runs', '20200101T000000Z-abcdef');
    fs.mkdirSync(strange, { mode: 0o700 });
    fs.writeFileSync(join(strange, 'journal.jsonl'), 'another tree’s\n');
    const list = await regsweep(['trash', 'list', root, '--state-dir', state, '--format', 'json']);
    expect(list.json).toMatchObject({ runs: [{ id: run, state: 'done' }] });
    expectCode(await restore(root, '--state-dir', state), 0);
    expect(docker(root)).toEqual(before);
    expect(fs.readdirSync(join(state, 'runs'))).toEqual(['20200101T000000Z-abcdef']);
  });
});

describe('a clone of the disk', needs('mounts', 'guard'), () => {
  it('is another tree beside the original, though all its numbers are the same', async () => {
    const folder = await tempFolder();
    const [image, clone] = [join(folder, 'a.img'), join(folder, 'b.img')];
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    const state = join(folder, 'state');
    fs.mkdirSync(state, { mode: 0o700 });
    for (const point of [a, b]) fs.mkdirSync(point);
    execFileSync('truncate', ['-s', '64M', image]);
    execFileSync('mkfs.ext4', ['-q', image]);
    execFileSync('mount', ['-o', 'loop', image, a]);
    try {
      copyFixture(join(a, 'root'));
      expectCode(await sweep(join(a, 'root'), '-m', '--state-dir', state), 0);
      execFileSync('sync', ['-f', a]);
      fs.copyFileSync(image, clone);
      execFileSync('mount', ['-o', 'loop', clone, b]);
      try {
        const root = join(b, 'root');
        const [journal] = runsIn(join(state, 'trees', idOf(root)));
        expectCode(await purge(root, '--state-dir', state), 0);
        expect(idOf(root)).not.toBe(idOf(join(a, 'root')));
        expect(runsIn(join(state, 'trees', idOf(join(a, 'root'))))).toEqual([journal]);
      } finally {
        execFileSync('umount', [b]);
      }
      expectCode(await restore(join(a, 'root'), '--state-dir', state), 0);
    } finally {
      execFileSync('umount', [a]);
    }
  });
});
