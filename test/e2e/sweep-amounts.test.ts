/** One amount from the plan to the purge, and what a killed run leaves in the history. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/plan/types.js';
import { blobPath, V2 } from '../../src/storage/layout.js';
import { BIN, regsweep } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, purge, SELECT, sweep } from './world.js';

interface Amounts {
  readonly bytes: number;
  readonly diskBytes: number;
}

const copy = async (): Promise<string> => copyFixture(join(await tempFolder(), 'root'));
const amounts = ({ bytes, diskBytes }: Amounts): Amounts => ({ bytes, diskBytes });

/** A blob that nothing refers to. */
function stray(root: string, content: string | Buffer): string {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}` as const;
  const folder = join(root, V2, blobPath(digest as never));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'data'), content);
  return join(folder, 'data');
}

describe('amounts', needs('guard'), () => {
  it('plan, sweep, trash list and purge agree to the byte', async () => {
    const root = await copy();
    linkSync(stray(root, 'a second name outside'), join(root, 'outside'));
    const linked = stray(root, 'a second name within');
    linkSync(linked, join(linked, '..', 'more'));
    const sparse = stray(root, Buffer.alloc(1 << 20));
    truncateSync(sparse, 0);
    truncateSync(sparse, 1 << 20);
    execFileSync('sync', ['-f', root]);
    const planned = await regsweep(['plan', root, ...SELECT, '-m', '--format', 'json']);
    const plan = expectCode(planned, 0).json as { totals: Amounts; actions: Action[] };
    expect(plan.actions.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)).toBe(plan.totals.bytes);
    const swept = expectCode(await sweep(root, '-m'), 0).json as Amounts;
    const listed = await regsweep(['trash', 'list', root, '--format', 'json']);
    const { runs } = expectCode(listed, 0).json as { runs: Amounts[] };
    const purged = expectCode(await purge(root), 0).json as Amounts;
    const all = [swept, ...runs, purged].map(amounts);
    expect(all).toEqual([plan.totals, plan.totals, plan.totals].map(amounts));
    expect(plan.totals.diskBytes).toBeGreaterThan(0);
  });
});

describe('a killed run', needs('strace', 'guard'), () => {
  it('does not make the next one believe that the tree shrank', async () => {
    const root = await copy();
    const flags = [...SELECT, '-y', '--quiet-window', '200ms', '--delete-untagged'];
    const first = await sweep(root, '--dry-run', '--delete-untagged');
    const { totals } = expectCode(first, 0).json as { totals: { byKind: { revision: number } } };
    expect(totals.byKind.revision).toBeGreaterThan(1);
    // A record of a run before, as large as the tree was then.
    const manifests = execFileSync('find', [
      join(root, V2),
      '-path',
      '*revisions*',
      '-name',
      'link',
    ])
      .toString()
      .split('\n').length;
    mkdirSync(join(root, '.regsweep/history'), { recursive: true, mode: 0o700 });
    const record = { at: new Date(0).toISOString(), repositories: 1, manifests: manifests * 2 };
    writeFileSync(join(root, '.regsweep/history/last.json'), JSON.stringify(record));
    expectCode(await sweep(root, '--delete-untagged'), 13);
    const kill = ['-e', 'trace=rename', '-e', 'inject=rename:signal=KILL:when=8'];
    const args = ['-f', '-qq', '-o', '/dev/null', ...kill, process.execPath, BIN, 'sweep', root];
    const killed = spawnSync('strace', [...args, ...flags, '--allow-shrunk'], { encoding: 'utf8' });
    const listed = await regsweep(['trash', 'list', root, '--format', 'json']);
    expect([listed.json, killed]).toMatchObject([{ runs: [{ state: 'unsettled' }] }, {}]);
    const now = JSON.parse(readFileSync(join(root, '.regsweep/history/last.json'), 'utf8'));
    expect(now.manifests).toBeLessThan(manifests);
    expectCode(await sweep(root, '--delete-untagged'), 0);
  });
});
