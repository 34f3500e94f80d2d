/** `regsweep browse` as a person uses it, in a real terminal. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN, regsweep } from '../harness/cli.js';
import { copyFixture, FIXTURE } from '../harness/fixture.js';
import { TreeBuilder } from '../harness/offline.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { Terminal } from '../harness/terminal.js';

let terminal: Terminal | undefined;
afterEach(() => {
  terminal?.close();
  terminal = undefined;
});

const word = (text: string): string => `'${text}'`;

function browse(root: string, columns = 80, rows = 24, ...more: string[]): Terminal {
  const words = [process.execPath, BIN, 'browse', root, '--min-age', '0s', ...more];
  terminal = new Terminal(words.map(word).join(' '), columns, rows);
  return terminal;
}

describe('browse', needs('tmux'), () => {
  it.each([
    [80, 24],
    [60, 20],
  ])('shows namespaces, repositories, images and blobs at %i × %i', async (columns, rows) => {
    const shown = browse(FIXTURE, columns, rows);
    const first = await shown.see('shop/');
    expect(first.every((line) => line.length <= columns)).toBe(true);
    expect(first.findIndex((line) => line.includes('q quit'))).toBeLessThan(rows);
    shown.press('Enter');
    await shown.see(/web .*255 kB/);
    shown.press('Down', 'Enter');
    await shown.see(/v2 .*43 kB/);
    shown.press('Enter');
    await shown.see('image 3db025f0cd43');
    shown.press('i');
    await shown.see('Kept by:');
    shown.press('x', 'Left', 'Left', 'Left');
    await shown.see('legacy/');
    shown.press('q');
    await shown.see('exit 0');
  });

  it('searches, sorts, and marks; leaving writes a plan that rm would make', async () => {
    const root = copyFixture(join(await tempFolder(), 'registry'));
    const plan = join(root, '..', 'marked.plan');
    const before = snapshot(root);
    const shown = browse(root, 80, 24, '-o', plan);
    await shown.see('tools/');
    shown.press('/', 'tool', 'Enter');
    await shown.see(/> \+ tools\//);
    shown.press('d');
    await shown.see('1 marked: removing them frees 85.8 kB');
    shown.press('q');
    const end = await shown.see('exit 0');
    // The terminal may wrap the command.
    expect(end.join('').replaceAll(' ', '')).toContain(`sweep${root}--plan${plan}`);
    expect(snapshot(root)).toEqual(before);
    const rm = await regsweep([
      'rm',
      'tools/multi',
      '--root',
      root,
      '--dry-run',
      '--min-age',
      '0s',
      '--format',
      'json',
    ]);
    const { frees } = rm.json as { frees: { bytes: number } };
    expect(frees.bytes).toBeGreaterThan(0);
    const actions = readFileSync(plan, 'utf8').trimEnd().split('\n').slice(1, -1);
    const kinds = actions.map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds).toContain('repository');
    expect(kinds.filter((kind) => kind === 'blob')).toHaveLength(16);
  });

  it('writes nothing after Ctrl-C, nor without a mark', async () => {
    const folder = await tempFolder();
    const plan = join(folder, 'never.plan');
    const shown = browse(FIXTURE, 80, 24, '-o', plan);
    await shown.see('shop/');
    shown.press('d');
    await shown.see('1 marked');
    shown.press('C-c');
    const end = await shown.see('exit 130');
    expect(end.join('\n')).toContain('Aborted; nothing was changed.');
    shown.close();
    const again = browse(FIXTURE, 80, 24, '-o', plan);
    await again.see('shop/');
    again.press('q');
    await again.see('exit 0');
    expect(existsSync(plan)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('draws a page of ten thousand tags', async () => {
    const tree = new TreeBuilder(join(await tempFolder(), 'registry'));
    const manifest = tree.manifest('big', { layers: [] });
    for (let i = 0; i < 10_000; i++) tree.tag('big', `t${String(i).padStart(5, '0')}`, manifest);
    const shown = browse(tree.root, 60, 20);
    await shown.see('big');
    shown.press('Enter');
    await shown.see('t00000');
    shown.press('End');
    await shown.see('t09999');
    shown.press('/', '0777', 'Enter');
    await shown.see('t07770');
    shown.press('q');
    await shown.see('exit 0');
  });

  it('needs a terminal, and says what shows the same without one', async () => {
    const { code, stderr } = await regsweep(['browse', FIXTURE]);
    expect(code).toBe(64);
    expect(stderr).toContain('browse needs a terminal');
    expect(stderr).toContain('regsweep analyze');
  });
});
