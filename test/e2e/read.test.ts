/** The reading commands on the fixture: results as a script gets them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFixture } from '../harness/fixture.js';
import { regsweep } from '../harness/in-process.js';
import { oracle } from '../harness/oracle.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, plannedBlobs, SELECT } from './world.js';

const fixture = async (): Promise<string> => copyFixture(join(await tempFolder(), 'root'));

const JSON_FLAGS = ['--min-age', '0s', '--format', 'json'];

interface Analysis {
  readonly root: string;
  readonly totals: Record<string, unknown>;
  readonly repositories: { name: string; tags: number; manifests: number }[];
  readonly garbage: { digest: string; bytes: number }[];
  readonly run: unknown;
}

async function analyze(root: string, ...flags: string[]): Promise<Analysis> {
  const result = await regsweep(['analyze', root, ...JSON_FLAGS, ...flags]);
  return expectCode(result, 0).json as Analysis;
}

const sizeOf = (root: string, digests: readonly string[]): number =>
  digests.reduce((sum, digest) => {
    const hex = digest.slice('sha256:'.length);
    const data = join(root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    return sum + readFileSync(data).length;
  }, 0);

describe('analyze', () => {
  it.each([
    ['plain', []],
    ['--delete-untagged', ['--delete-untagged']],
  ])('%s: counts what the oracle counts', async (_, flags) => {
    const root = await fixture();
    const { live, garbage } = oracle(root, flags.length > 0);
    const { totals, garbage: listed } = await analyze(root, '--details', ...flags);
    expect(totals).toMatchObject({
      repositories: 8,
      tags: 13,
      uploads: 1,
      blobs: live.length + garbage.length,
      bytes: sizeOf(root, [...live, ...garbage]),
      live: { blobs: live.length, bytes: sizeOf(root, live) },
      garbage: { blobs: garbage.length, bytes: sizeOf(root, garbage) },
      young: { blobs: 0, bytes: 0, diskBytes: 0 },
      quarantined: { runs: 0, bytes: 0, diskBytes: 0 },
    });
    expect(listed.map(({ digest }) => digest).sort()).toEqual(garbage);
    expect(listed.map(({ bytes }) => bytes)).toEqual(
      listed.map(({ digest }) => sizeOf(root, [digest])),
    );
  });

  it('lists the repositories, sorted by name or size, each once', async () => {
    const { repositories } = await analyze(await fixture());
    const rows = repositories.map(({ name, tags, manifests }) => [name, tags, manifests]);
    expect(rows.sort(([a], [b]) => (a! < b! ? -1 : 1))).toEqual([
      ['base/debian', 1, 1],
      ['ci/cache', 1, 2],
      ['ci/scratch', 0, 0],
      ['legacy/importer', 0, 0],
      ['shop/api', 3, 4],
      ['shop/api/worker', 1, 1],
      ['shop/web', 5, 5],
      ['tools/multi', 2, 7],
    ]);
  });

  it('says the same twice, but for `run`, and changes nothing', async () => {
    const root = await fixture();
    const before = snapshot(root);
    const [first, second] = [await analyze(root), await analyze(root)];
    const varying = { run: null, filesystem: null };
    expect({ ...second, ...varying }).toEqual({ ...first, ...varying });
    expect(snapshot(root)).toEqual(before);
  });

  it('takes the v2 folder, --root and a registry configuration for the same tree', async () => {
    const root = await fixture();
    const config = join(root, '..', 'config.yml');
    writeFileSync(config, `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${root}\n`);
    const wanted = (await analyze(root)).totals;
    expect((await analyze(join(root, 'docker/registry/v2'))).totals).toEqual(wanted);
    for (const flags of [
      ['--root', root],
      ['--config', config],
    ]) {
      const result = await regsweep(['analyze', ...flags, ...JSON_FLAGS]);
      expect((expectCode(result, 0).json as Analysis).totals).toEqual(wanted);
    }
  });
});

describe('plan', () => {
  it.each([
    ['plain', []],
    ['--delete-untagged', ['--delete-untagged']],
  ])('%s: the blobs that the oracle names, and totals that add up', async (_, flags) => {
    const root = await fixture();
    const { garbage } = oracle(root, flags.length > 0);
    expect(await plannedBlobs(root, ...flags)).toEqual(garbage);
    const result = await regsweep(['plan', root, ...SELECT, '--format', 'json', ...flags]);
    const { totals, actions } = expectCode(result, 0).json as {
      totals: { actions: number; blobs: number; bytes: number; byKind: Record<string, number> };
      actions: { kind: string }[];
    };
    const byKind: Record<string, number> = {};
    for (const { kind } of actions) byKind[kind] = (byKind[kind] ?? 0) + 1;
    expect(totals).toMatchObject({ actions: actions.length, blobs: garbage.length, byKind });
  });

  it('-o writes a header, the actions and a trailer', async () => {
    const root = await fixture();
    const file = join(root, '..', 'sweep.plan');
    expectCode(await regsweep(['plan', root, ...SELECT, '-m', '-o', file]), 0);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const printed = await regsweep(['plan', root, ...SELECT, '-m', '--format', 'json']);
    const { actions } = expectCode(printed, 0).json as { actions: unknown[] };
    expect(parsed.slice(1, -1)).toEqual(actions);
    expect(parsed[0]).toMatchObject({ schemaVersion: 1, root });
  });
});

describe('exit codes', () => {
  const cases: [string, number, (root: string) => string[]][] = [
    ['no registry tree', 10, (root) => ['analyze', join(root, 'docker/registry/v2/blobs')]],
    ['no such folder', 10, (root) => ['analyze', join(root, 'absent')]],
    ['unknown flag', 64, (root) => ['analyze', root, '--nonsense']],
    ['unknown command', 64, (root) => ['analyse', root]],
    ['a sweep that nobody confirms', 64, (root) => ['sweep', root, ...SELECT]],
    [
      'garbage, asked for in detail',
      2,
      (root) => ['analyze', root, ...JSON_FLAGS, '--detailed-exitcode'],
    ],
    ['garbage', 0, (root) => ['analyze', root, ...JSON_FLAGS]],
  ];

  it.each(cases)('%s: %i', async (_, code, args) => {
    const root = await fixture();
    const before = snapshot(root);
    const result = await regsweep(args(root));
    expectCode(result, code);
    if (code >= 10)
      expect([result.stdout, result.stderr]).toEqual(['', expect.stringMatching(/./)]);
    expect(snapshot(root)).toEqual(before);
  });
});
