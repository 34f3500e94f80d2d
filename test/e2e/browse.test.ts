/** What was marked in the browser goes by its plan, comes back, and is never more than what is left. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BIN, regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { Terminal } from '../harness/terminal.js';
import { everything, expectCode, restore, SELECT, storeWith, sweep } from './world.js';

const random = new Random('browse');

/** Marks every screen entry that is typed as a search, and leaves. */
async function markIn(root: string, ...searches: string[]): Promise<string> {
  const plan = join(root, '..', 'marked.plan');
  const words = [process.execPath, BIN, 'browse', root, ...SELECT, '-o', plan, '--force'];
  const terminal = new Terminal(words.map((word) => `'${word}'`).join(' '), 80, 24);
  onTestFinished(() => terminal.close());
  await terminal.see('q quit');
  for (const [i, search] of searches.entries()) {
    terminal.press('/', search, 'Enter');
    await terminal.see(`> + ${search}`);
    terminal.press('d', 'Escape');
    await terminal.see(`${i + 1} marked: removing them frees`);
  }
  terminal.press('q');
  await terminal.see('exit 0');
  return plan;
}

describe('a plan from the browser', needs('registry', 'guard', 'tmux'), () => {
  it('removes what was marked, once, and trash restore brings it back', async () => {
    const [one, two, kept] = [1, 2, 3].map(() => images.dockerImage(random));
    const root = await storeWith(async (client) => {
      await client.push('one', one!, 'v1');
      await client.push('two', two!, 'v1');
      await client.push('kept', kept!, 'v1');
    });
    const before = await everything(root);
    const plan = await markIn(root, 'one', 'two');
    expectCode(
      await regsweep([
        'rm',
        'two',
        '--root',
        root,
        ...SELECT,
        '--yes',
        '--quiet-window',
        '200ms',
        '--max-delete',
        '100%',
      ]),
      0,
    );
    // One of the two is gone already: the other still goes.
    expectCode(await sweep(root, '--plan', plan, '--max-delete', '100%'), 3);
    expect(oracle(root).live).toHaveLength(4);
    const again = expectCode(await sweep(root, '--plan', plan), 14);
    expect(again.stderr).toContain('none of the plan’s targets is in the tree any more');
    expectCode(await restore(root), 0);
    expect(await everything(root)).toEqual(before);
  });
});
