/** `analyze --format json` field by field: uploads, garbage by repository, what can't be moved. */
import { renameSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnalyzeReport } from '../../src/report/model/model.js';
import type { Digest } from '../../src/storage/digest.js';
import { uploadPath } from '../../src/storage/layout.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { tempFolder } from '../harness/temp.js';

const OLD = Date.UTC(2024, 0, 1);
const BLOCK = 4096;
const blocks = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK;
const FLAGS = ['--min-age', '1h', '--age-by', 'mtime'];

const builder = async (): Promise<TreeBuilder> =>
  new TreeBuilder(join(await tempFolder(), 'root')).at(OLD);

async function run<T>(...args: string[]): Promise<T> {
  const { code, json, stderr } = await regsweep([...args, ...FLAGS, '--format', 'json']);
  expect([code, stderr]).toEqual([0, '']);
  return json as T;
}

const analyze = (root: string, ...flags: string[]): Promise<AnalyzeReport> =>
  run('analyze', root, ...flags);

const rowsOf = ({ repositories }: AnalyzeReport): Record<string, object> =>
  Object.fromEntries(
    repositories.map(({ name, garbageBytes, garbageDiskBytes, uploadBytes }) => [
      name,
      { garbageBytes, garbageDiskBytes, uploadBytes },
    ]),
  );

describe('uploads', () => {
  it('have sizes, recent and abandoned ones, and the next step counts what goes', async () => {
    const tree = await builder();
    tree.push('app', images.dockerImage(new Random('uploads')), 'v1');
    tree.upload('app', 'abandoned', Buffer.alloc(50_000));
    utimesSync(`${tree.v2}/${uploadPath('app', 'abandoned')}`, OLD / 1000, OLD / 1000);
    tree.at(undefined).upload('app', 'recent', Buffer.alloc(9000));
    const started = '1970-01-01T00:00:00.000Z'.length;
    const report = await analyze(tree.root);
    const disk = blocks(50_000) + blocks(9000) + 2 * BLOCK;
    expect(report.totals).toMatchObject({
      uploads: 2,
      uploadBytes: 59_000 + 2 * started,
      uploadDiskBytes: disk,
      staleUploads: { uploads: 1, bytes: 50_000 + started, diskBytes: blocks(50_000) + BLOCK },
    });
    expect(rowsOf(report)).toMatchObject({ app: { uploadBytes: 59_000 + 2 * started } });
    const { stdout } = await regsweep(['analyze', tree.root, ...FLAGS]);
    expect(stdout).toMatch(/uploads \(2\) +59 kB +73.7 kB/);
    expect(stdout).toContain(`regsweep sweep ${tree.root} --min-age 1h --age-by mtime   # 57.3 kB`);
    const csv = await regsweep(['analyze', tree.root, ...FLAGS, '--format', 'csv']);
    const [head, row] = csv.stdout.split('\r\n').map((line) => line.split(','));
    expect(row![head!.indexOf('uploadBytes')]).toBe(String(59_000 + 2 * started));
  });
});

describe('garbage by repository', () => {
  it('is what only its links, its history or its deleted manifests still name', async () => {
    const tree = await builder();
    const random = new Random('garbage');
    tree.push('app', images.dockerImage(random), 'v1');
    tree.push('lib', images.dockerImage(random), 'v1');
    tree.layer('app', Buffer.alloc(5000, 1));
    const both = tree.layer('app', Buffer.alloc(6000, 2));
    tree.layerLink('lib', both);
    tree.blob(Buffer.alloc(7000, 3));
    const lost = tree.blob(Buffer.alloc(300, 4));
    tree.folder(`repositories/lib/_manifests/revisions/sha256/${lost.slice(7)}`);
    const past = tree.blob(Buffer.alloc(200, 5));
    tree.link(`repositories/lib/_manifests/tags/v1/index/sha256/${past.slice(7)}`, past);
    const report = await analyze(tree.root);
    expect(report.totals.garbage).toMatchObject({ blobs: 5, bytes: 18_500 });
    expect(rowsOf(report)).toEqual({
      app: { garbageBytes: 5000, garbageDiskBytes: 2 * BLOCK, uploadBytes: 0 },
      lib: { garbageBytes: 500, garbageDiskBytes: 2 * BLOCK, uploadBytes: 0 },
    });
    const sorted = await analyze(tree.root, '--sort', 'garbage', '--top', '1');
    expect(sorted.repositories.map(({ name }) => name)).toEqual(['app']);
  });
});

it('tells the size and the free space of the filesystem', async () => {
  const tree = await builder();
  tree.push('app', images.dockerImage(new Random('disk')), 'v1');
  const { filesystem } = await analyze(tree.root);
  expect(Object.keys(filesystem)).toEqual(['bytes', 'freeBytes']);
  expect(filesystem.freeBytes).toBeGreaterThan(0);
  expect(filesystem.bytes).toBeGreaterThan(filesystem.freeBytes);
  const { stdout } = await regsweep(['analyze', tree.root, ...FLAGS]);
  expect(stdout.split('\n')[1]).toMatch(/^Filesystem: .+ free$/);
});

interface Explained {
  readonly state: string;
  readonly chain: { kind: string; note?: string }[];
  readonly heldBy?: object;
}

describe('garbage behind a symbolic link', () => {
  it.each([
    ['all blobs', 'blobs', 'symlinked'],
    ['an algorithm', 'blobs/sha256', 'symlinked'],
    ['all repositories', 'repositories', 'symlinked'],
    ['a team’s folder', 'repositories/team', 'symlinked'],
    ['a repository’s layers', 'repositories/team/app/_layers', 'immovable-repository'],
  ])('%s: is a state of its own, found and explained', async (_, path, code) => {
    const tree = await builder();
    tree.push('team/app', images.dockerImage(new Random('moved')), 'v1');
    const garbage = tree.layer('team/app', Buffer.alloc(5000, 1));
    const elsewhere = await tempFolder();
    renameSync(`${tree.v2}/${path}`, `${elsewhere}/moved`);
    symlinkSync(`${elsewhere}/moved`, `${tree.v2}/${path}`);
    const { totals, findings } = await analyze(tree.root);
    expect(totals).toMatchObject({
      live: { blobs: totals.blobs - 1 },
      garbage: { blobs: 0 },
      immovable: { blobs: 1, bytes: 5000, diskBytes: 2 * BLOCK },
    });
    expect(findings.map((finding) => finding.code)).toContain(code);
    const checked = await run<{ findings: { code: string; samples: object[] }[] }>(
      'check',
      tree.root,
    );
    const found = checked.findings.find((finding) => finding.code === code);
    expect(found?.samples).toHaveLength(1);
    const explained = await run<Explained>('explain', garbage, tree.root);
    expect(explained.state).toBe('immovable');
    expect(explained.chain.at(-1)?.note).toMatch(`${path} is a symbolic link`);
  });
});

describe('explain of a layer', () => {
  async function sharing(tags: number): Promise<{ root: string; layer: Digest }> {
    const tree = await builder();
    const layer = tree.layer('a', Buffer.alloc(5000, 1));
    for (let i = 0; i < tags; i++) {
      const name = ['a', 'b', 'c'][i % 3]!;
      tree.layerLink(name, layer);
      const config = tree.layer(name, `{"n":${i}}`);
      const json = { schemaVersion: 2, config: { digest: config }, layers: [{ digest: layer }] };
      tree.manifest(name, json, `v${String(i).padStart(2, '0')}`);
    }
    return { root: tree.root, layer };
  }

  it('names every tag that needs it, and what removing them frees', async () => {
    const { root, layer } = await sharing(3);
    const { heldBy } = await run<Explained>('explain', layer, root);
    const { totals } = await analyze(root);
    expect(heldBy).toEqual({
      images: 3,
      repositories: 3,
      first: ['a:v00', 'b:v01', 'c:v02'],
      frees: { blobs: 7, bytes: totals.bytes },
    });
  });

  it('names the first twenty, and counts them all', async () => {
    const { root, layer } = await sharing(25);
    const { heldBy } = await run<Explained>('explain', layer, root);
    expect(heldBy).toMatchObject({ images: 25, repositories: 3 });
    const { stdout } = await regsweep(['explain', layer, '--root', root, ...FLAGS]);
    expect(stdout).toContain('needed by 25 images in 3 repositories:\n  a:v00\n');
    expect(stdout).toContain('  … and 5 more\nremoving all 25 would free 51 blobs');
  });

  it('analyze --layers tells how many tags share each of the largest', async () => {
    const { root, layer } = await sharing(4);
    const { layers } = await analyze(root, '--layers', '--top', '2');
    expect(layers).toHaveLength(2);
    expect(layers![0]).toEqual({
      digest: layer,
      bytes: 5000,
      diskBytes: 2 * BLOCK,
      tags: 4,
      repositories: 3,
    });
    expect(layers![1]).toMatchObject({ tags: 1, repositories: 1 });
  });
});
