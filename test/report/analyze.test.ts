import { linkSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readFacts } from '../../src/facts/read.js';
import { ACTION_KINDS } from '../../src/graph/action-kinds.js';
import { mark } from '../../src/graph/mark/mark.js';
import { garbageByRepository } from '../../src/graph/sizes/garbage.js';
import { usage } from '../../src/graph/sizes/usage.js';
import { NO_REMOVALS } from '../../src/graph/types.js';
import { type AnalyzeInput, analyzeReport } from '../../src/report/build/analyze.js';
import type { AnalyzeReport } from '../../src/report/model/model.js';
import { reporters } from '../../src/report/reporters.js';
import { makeStyle } from '../../src/report/style.js';
import type { Digest } from '../../src/storage/digest.js';
import { blobDataPath, blobPath } from '../../src/storage/layout.js';
import { openTree } from '../../src/storage/tree.js';
import { TreeBuilder } from '../harness/offline.js';
import { removeTemp } from '../harness/temp.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await removeTemp(folder);
});

/** 2024-01-01T00:00:00Z; all blobs are that old, and are read as of ten days later. */
const PUSHED_MS = 1_704_067_200_000;
const NOW = PUSHED_MS / 1000 + 864_000;

function builder(): TreeBuilder {
  const folder = mkdtempSync(join(tmpdir(), 'regsweep-report-'));
  folders.push(folder);
  return new TreeBuilder(folder).at(PUSHED_MS);
}

/** One image with a config and a layer of its own and a layer that all share. */
function image(tree: TreeBuilder, repository: string, tag?: string): Digest {
  const layers = [
    tree.layer(repository, 's'.repeat(1000)),
    tree.layer(repository, `l ${repository}`),
  ];
  const config = tree.layer(repository, `{"config":"${repository}"}`);
  const json = {
    schemaVersion: 2,
    config: { digest: config },
    layers: layers.map((digest) => ({ digest })),
  };
  return tree.manifest(repository, json, ...(tag === undefined ? [] : [tag]));
}

async function report(root: string, more: Partial<AnalyzeInput> = {}): Promise<AnalyzeReport> {
  const tree = await openTree(root);
  const facts = await readFacts(tree, { ageBy: 'mtime', now: NOW, minAge: 3600, keepFindings: 5 });
  const marks = mark(facts, {
    now: NOW,
    minAge: 3600,
    deleteUntagged: false,
    allowTagless: false,
    inScope: () => true,
    kinds: new Set(ACTION_KINDS),
    keepDigests: new Set(),
    removals: NO_REMOVALS,
  });
  return analyzeReport({
    facts,
    marks,
    usage: usage(facts, marks),
    garbage: garbageByRepository(facts, marks),
    filesystem: { bytes: 1000, freeBytes: 10 },
    quarantined: { runs: 0, bytes: 0, diskBytes: 0 },
    run: { scannedAt: '2024-01-11T00:00:00Z', durationMs: 1, version: '0' },
    shows: () => true,
    details: true,
    ...more,
  });
}

const plain = (value: AnalyzeReport) => ({ ...value, garbage: [...(value.garbage ?? [])] });
const BLOCK = 4096;

describe('the report of analyze', () => {
  it('counts what lives, what is garbage, and what each repository has alone', async () => {
    const tree = builder();
    image(tree, 'a', '1');
    image(tree, 'team/b');
    const lost = tree.blob('x'.repeat(5000));
    const { totals, repositories, garbage, findings, run } = plain(await report(tree.root));
    const manifest = repositories[0]!.bytes - 1000 - 3 - 14;
    const live = { blobs: 7, bytes: 1000 + 3 + 14 + 8 + 19 + 2 * manifest, diskBytes: 7 * BLOCK };
    expect(totals).toEqual({
      repositories: 2,
      tags: 1,
      manifests: 2,
      layerLinks: 6,
      uploads: 0,
      uploadBytes: 0,
      uploadDiskBytes: 0,
      staleUploads: { uploads: 0, bytes: 0, diskBytes: 0 },
      blobs: 8,
      bytes: live.bytes + 5000,
      diskBytes: live.diskBytes + 2 * BLOCK,
      live,
      garbage: { blobs: 1, bytes: 5000, diskBytes: 2 * BLOCK },
      young: { blobs: 0, bytes: 0, diskBytes: 0 },
      immovable: { blobs: 0, bytes: 0, diskBytes: 0 },
      quarantined: { runs: 0, bytes: 0, diskBytes: 0 },
      emptyDirectories: 0,
    });
    const nothing = { garbageBytes: 0, garbageDiskBytes: 0, uploadBytes: 0 };
    const pushed = { manifests: 1, lastPushedAt: '2024-01-01T00:00:00Z' };
    const shared = { sharedBytes: 1000, ...pushed, ...nothing };
    expect(repositories).toEqual([
      {
        ...shared,
        name: 'a',
        tags: 1,
        untaggedManifests: 0,
        bytes: 1017 + manifest,
        uniqueBytes: 17 + manifest,
      },
      {
        ...shared,
        name: 'team/b',
        tags: 0,
        untaggedManifests: 1,
        bytes: 1027 + manifest,
        uniqueBytes: 27 + manifest,
      },
    ]);
    expect(garbage).toEqual([{ digest: lost, bytes: 5000, modifiedAt: '2024-01-01T00:00:00Z' }]);
    expect(run.version).toBe('0');
    expect(findings.map(({ code, count }) => [code, count])).toEqual([]);
  });

  it('counts a hard link once, and frees nothing while a name is left elsewhere', async () => {
    const tree = builder();
    image(tree, 'a', '1');
    const [one, two] = [tree.blob('o'.repeat(10)), `sha256:${'ab'.repeat(32)}` as Digest];
    mkdirSync(join(tree.v2, blobPath(two)), { recursive: true });
    linkSync(join(tree.v2, blobDataPath(one)), join(tree.v2, blobDataPath(two)));
    const within = (await report(tree.root)).totals;
    expect([within.garbage, within.diskBytes]).toEqual([
      { blobs: 2, bytes: 20, diskBytes: BLOCK },
      5 * BLOCK,
    ]);
    linkSync(join(tree.v2, blobDataPath(one)), join(tree.root, 'elsewhere'));
    const outside = (await report(tree.root)).totals;
    expect([outside.garbage, outside.diskBytes]).toEqual([
      { blobs: 2, bytes: 20, diskBytes: 0 },
      5 * BLOCK,
    ]);
  });

  it('gives names that are no UTF-8 in base64 too', async () => {
    const tree = builder();
    image(tree, 'a\udcff', '1');
    const { repositories } = await report(tree.root);
    expect(repositories.map(({ name, pathBase64 }) => [name, pathBase64])).toEqual([
      ['a\\xff', Buffer.from([0x61, 0xff]).toString('base64')],
    ]);
    expect(JSON.stringify(repositories)).not.toContain('\\ud');
  });

  it('shows people one screen, without escape sequences from names', async () => {
    const tree = builder();
    image(tree, 'a', '1');
    image(tree, 'evil\u001b[31m\u202e', '1');
    tree.blob('x'.repeat(5000));
    const told = await report(tree.root, { details: false });
    const text = [...reporters.table({ kind: 'analyze', ...told }, makeStyle(false, 100))].join('');
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(text).toContain('evil\\x1b[31m\\u202e');
    expect(text.split('\n').slice(1, 9)).toEqual([
      'Filesystem: 1 kB, 10 B free',
      '2 repositories, 2 tags, 2 manifests, 6 layer links, 0 uploads',
      '',
      '                     blobs     size  on disk',
      expect.stringMatching(/^ {2}in use +7 +\S+ kB +28.7 kB$/),
      '  recent, protected      0      0 B      0 B',
      '  garbage                1     5 kB  8.19 kB',
      expect.stringMatching(/^ {2}all blobs +8 /),
    ]);
    expect(text).toContain(`regsweep sweep ${tree.root}   # reclaims 8.19 kB of blobs;`);
    expect(text.split('\n').length).toBeLessThan(40);
  });
});
