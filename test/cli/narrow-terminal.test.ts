/** What a person sees in a narrow terminal: no word is cut, and a command stays in one piece. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { Terminal } from '../harness/terminal.js';

const COLUMNS = 60;
let terminal: Terminal | undefined;
afterEach(() => {
  terminal?.close();
  terminal = undefined;
});

async function shown(...args: string[]): Promise<string[]> {
  const words = [process.execPath, BIN, ...args].map((word) => `'${word}'`);
  terminal = new Terminal(words.join(' '), COLUMNS, 80);
  return terminal.see(/^exit \d+$/m);
}

describe('a terminal of 60 columns', needs('tmux'), () => {
  it('analyze: sentences break at spaces, and what a command does stands below it', async () => {
    const root = copyFixture(join(await tempFolder(), 'r'));
    const lines = await shown('analyze', root, '-m', '--min-age', '0s');
    expect(lines).toContain(`  regsweep sweep ${root} -m --min-age 0s`);
    const at = lines.indexOf(`  regsweep sweep ${root} -m --min-age 0s`);
    expect(lines[at + 1]).toMatch(/^ {4}# reclaims 176 kB of blobs/);
    expect(lines[at + 2]).toMatch(/^ {4}# /);
    expect(lines).toContain('8 repositories, 13 tags, 20 manifests, 51 layer links, 1');
  });

  it('errors too', async () => {
    expect(await shown('analyze', '/nowhere')).toMatchObject([
      "regsweep: /nowhere is not a registry's storage: looked for",
      '  /nowhere (ENOENT)',
      "  → give the registry's rootdirectory (it holds",
      '    docker/registry/v2/repositories and',
      "    docker/registry/v2/blobs), or --config <registry's",
      '    config.yml>',
      'exit 10',
      ...Array(73).fill(''),
      '',
    ]);
  });
});
