/** `check --verify` as a script meets it: what is corrupt, what it breaks, going on after a signal. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/storage/digest.js';
import { blobDataPath } from '../../src/storage/layout.js';
import { BIN, regsweep } from '../harness/cli.js';
import { TreeBuilder } from '../harness/offline.js';
import { tempFolder } from '../harness/temp.js';

/** The files are new, their modification times are not. */
const OLD = ['--age-by', 'mtime'];

const verify = async (root: string, ...flags: string[]) => {
  const result = await regsweep(['check', root, '--verify', '--format', 'json', ...flags]);
  return { ...result, json: result.json as Record<string, unknown> };
};

const builder = async (): Promise<TreeBuilder> =>
  new TreeBuilder(join(await tempFolder(), 'root')).at(Date.UTC(2024, 0, 1));

function image(tree: TreeBuilder, repository: string, layers: Digest[], ...tags: string[]): Digest {
  const config = tree.layer(repository, `{"config":"${repository} ${tags}"}`);
  const json = {
    schemaVersion: 2,
    config: { digest: config },
    layers: layers.map((digest) => ({ digest })),
  };
  return tree.manifest(repository, json, ...tags);
}

const damage = (tree: TreeBuilder, digest: Digest, content: string): string => {
  const path = join(tree.v2, blobDataPath(digest));
  const { atime, mtime } = statSync(path);
  writeFileSync(path, content);
  utimesSync(path, atime, mtime);
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
};

const codes = (json: Record<string, unknown>): string[] =>
  (json.findings as { code: string }[]).map(({ code }) => code);

describe('check --verify', () => {
  it('finds every blob right, whatever its algorithm, and leaves nothing behind', async () => {
    const tree = await builder();
    image(tree, 'app', [tree.layer('app', 'layer')], 'v1');
    const hex = createHash('sha512').update('long').digest('hex');
    tree.blob('long', `sha512:${hex}` as Digest);
    const { code, json, stderr } = await verify(tree.root, '--detailed-exitcode');
    expect([code, stderr]).toEqual([0, '']);
    expect(json).toMatchObject({
      verified: { blobs: 4, goneBlobs: 0 },
      run: { resumedBlobs: 0 },
      corrupt: [],
      findings: [],
    });
    expect(existsSync(join(tree.root, '.regsweep'))).toBe(false);
  });

  it('names each corrupt blob and every image that it breaks', async () => {
    const tree = await builder();
    const shared = tree.layer('app', 'shared');
    const needless = tree.blob('nobody needs it');
    const one = image(tree, 'app', [shared], 'v1', 'latest');
    const untagged = image(tree, 'app', [shared]);
    const child = image(tree, 'multi', [shared]);
    const index = tree.manifest(
      'multi',
      { schemaVersion: 2, manifests: [{ digest: child }] },
      'all',
    );
    image(tree, 'fine', [tree.layer('fine', 'its own')], 'v1');
    const wrong = damage(tree, shared, 'sharez');
    const empty = damage(tree, needless, '');
    const { code, json, stderr } = await verify(tree.root, ...OLD, '--detailed-exitcode');
    expect(code).toBe(2);
    const rows = [
      {
        digest: shared,
        bytes: 6,
        actual: wrong,
        images: [
          { repository: 'app', tag: 'latest', digest: one },
          { repository: 'app', tag: 'v1', digest: one },
          { repository: 'app', digest: untagged },
          { repository: 'multi', tag: 'all', digest: index },
        ],
      },
      { digest: needless, bytes: 0, actual: empty, images: [] },
    ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    expect(json.corrupt).toEqual(rows);
    expect(codes(json)).toContain('corrupt-blob');
    for (const { digest, actual } of rows)
      expect(stderr).toContain(`${digest} has the content of ${actual}`);
    const { stdout } = await regsweep(['check', tree.root, '--verify']);
    expect(stdout).toMatch(/2 corrupt\n[\s\S]*breaks app:latest\n[\s\S]*breaks multi:all\n/);
    const plain = await regsweep(['check', tree.root, ...OLD, '--format', 'json']);
    expect(codes(plain.json as Record<string, unknown>)).not.toContain('corrupt-blob');
  });

  it('goes on where a signal ended it, and begins anew after it was through', async () => {
    const tree = await builder();
    // Only root's runs make the folder.
    const log = join(tree.root, '.regsweep/verify.log');
    mkdirSync(dirname(log), { mode: 0o700 });
    for (let i = 0; i < 600; i++) tree.blob(randomBytes(10_000));
    const corrupt = tree.blob('will be bad');
    damage(tree, corrupt, 'was made bad');
    const args = [BIN, 'check', tree.root, '--verify', '--bwlimit', '500k', '--concurrency', '2'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = Promise.all([child.stdout, child.stderr].map((stream) => stream.toArray()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    while (!existsSync(log) || readFileSync(log).length < 50 * 100) await delay(50);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    const [stdout, stderr] = (await said).map((chunks) => Buffer.concat(chunks).toString());
    expect([stdout, stderr]).toEqual(['', expect.stringMatching(/interrupted; \d+ of 601 blobs/)]);
    const done = Number(/interrupted; (\d+) of/.exec(stderr!)![1]);
    expect([done > 50, done < 601]).toEqual([true, true]);

    const second = await verify(tree.root);
    const { resumedBlobs } = second.json.run as { resumedBlobs: number };
    expect(second.stderr).toContain(`${resumedBlobs} blobs are already verified`);
    expect([resumedBlobs <= done, resumedBlobs >= done - 1]).toEqual([true, true]);
    expect(second.json).toMatchObject({ verified: { blobs: 601 }, corrupt: [{ digest: corrupt }] });
    expect(readFileSync(log, 'utf8').endsWith('\nend\n')).toBe(true);
    expect((await verify(tree.root)).json).toMatchObject({ run: { resumedBlobs: 0 } });
  }, 30_000);

  it('keeps to its limit over all threads', async () => {
    const tree = await builder();
    for (let i = 0; i < 30; i++) tree.blob(randomBytes(100_000));
    const { json } = await verify(tree.root, '--bwlimit', '1M', '--concurrency', '4');
    const { durationMs } = json.run as { durationMs: number };
    expect(json.verified).toEqual({ blobs: 30, bytes: 3_000_000, goneBlobs: 0 });
    expect([durationMs > 2700, durationMs < 8000]).toEqual([true, true]);
  }, 20_000);

  it.each([
    [['--bwlimit', '50 apples'], /--bwlimit: invalid rate "50 apples"/],
    [['--bwlimit', '0'], /--bwlimit: invalid rate "0"/],
  ])('%j is a usage error', async (flags, message) => {
    const { root } = await builder();
    const { code, stderr } = await verify(root, ...flags);
    expect([code, stderr]).toEqual([64, expect.stringMatching(message)]);
  });

  it('wants --verify with --bwlimit', async () => {
    const { root } = await builder();
    expect((await regsweep(['check', root, '--bwlimit', '1M'])).code).toBe(64);
  });
});
