/** Damage names its repository and tag, and the command that removes it. */
import { mkdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnalyzeReport, CheckReport, FindingSample } from '../../src/report/model/model.js';
import type { Digest } from '../../src/storage/digest.js';
import { blobDataPath, layerPath, tagCurrentPath } from '../../src/storage/layout.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { tempFolder } from '../harness/temp.js';

const FLAGS = ['--min-age', '1h', '--age-by', 'mtime', '--format', 'json'];

/** Two images of one repository, each with a layer of its own. */
async function store() {
  const tree = new TreeBuilder(join(await tempFolder(), 'root')).at(Date.UTC(2024, 0, 1));
  const random = new Random('damage');
  const [one, two] = [images.dockerImage(random), images.dockerImage(random)];
  tree.push('team/app', one, 'v1');
  tree.push('team/app', two, 'v2');
  return { tree, root: tree.root, one, two };
}

async function findings(root: string): Promise<Map<string, readonly FindingSample[]>> {
  const { code, json } = await regsweep(['check', root, ...FLAGS]);
  expect(code).toBe(0);
  return new Map((json as CheckReport).findings.map((row) => [row.code, row.samples]));
}

describe('a sample names repository, tag and remedy', () => {
  it('of a manifest that is missing, or can’t be read', async () => {
    const { tree, root, one, two } = await store();
    rmSync(`${tree.v2}/${blobDataPath(one.manifest.digest as Digest)}`);
    truncateSync(`${tree.v2}/${blobDataPath(two.manifest.digest as Digest)}`);
    const found = await findings(root);
    for (const [code, tag, { digest }] of [
      ['missing-manifest', 'v1', one.manifest],
      ['unreadable-manifest', 'v2', two.manifest],
    ] as const) {
      expect(found.get(code)).toMatchObject([
        {
          repository: 'team/app',
          tag,
          digest,
          command: `regsweep rm team/app@${digest} --root ${root}`,
        },
      ]);
    }
  });

  it('of a layer that is missing, and of a tag that can’t be read', async () => {
    const { tree, root, one } = await store();
    rmSync(`${tree.v2}/${blobDataPath(one.blobs[0]!.digest as Digest)}`);
    truncateSync(`${tree.v2}/${tagCurrentPath('team/app', 'v2')}/link`);
    const found = await findings(root);
    expect(found.get('missing-blob')).toMatchObject([
      { repository: 'team/app', tag: 'v1', command: `regsweep rm team/app:v1 --root ${root}` },
    ]);
    expect(found.get('unreadable-link')).toMatchObject([
      { repository: 'team/app', tag: 'v2', command: `regsweep rm team/app:v2 --root ${root}` },
    ]);
    const { stdout } = await regsweep(['check', root, ...FLAGS.slice(0, -2)]);
    expect(stdout).toContain(`regsweep rm team/app:v1 --root ${root}\n`);
  });
});

describe('a tag behind a broken symbolic link', () => {
  it('has no time of its own, is told in ls and explain, and no removal is proposed', async () => {
    const { tree, root } = await store();
    const link = `${tree.v2}/${tagCurrentPath('team/app', 'v3')}/link`;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync('/nowhere/link', link);
    const { json } = await regsweep(['analyze', root, ...FLAGS]);
    const { repositories } = json as AnalyzeReport;
    expect(repositories).toMatchObject([{ tags: 3, lastPushedAt: '2024-01-01T00:00:00Z' }]);
    const found = (await findings(root)).get('unreadable-link');
    expect(found).toMatchObject([{ tag: 'v3' }]);
    expect(found![0]!.command).toBeUndefined();
    const { stdout } = await regsweep(['ls', 'team/app', root, ...FLAGS.slice(0, -2)]);
    expect(stdout).toContain(`1 tag can't be read: regsweep check ${root}\n`);
    const { code, stderr } = await regsweep(['explain', 'team/app:v3', root]);
    expect([code, stderr.trimEnd().split('\n')]).toEqual([
      1,
      [
        "regsweep: team/app:v3: the tag's link can't be read, so everything in its repository is kept",
        `  → regsweep check ${root}`,
      ],
    ]);
  });
});

describe('a folder of blobs behind a broken symbolic link', () => {
  it('makes nothing in it missing', async () => {
    const { tree, root, one } = await store();
    for (const { digest } of [one.manifest, one.blobs[0]!]) {
      const folder = dirname(dirname(`${tree.v2}/${blobDataPath(digest as Digest)}`));
      rmSync(folder, { recursive: true, force: true });
      symlinkSync('/nowhere/blobs', folder);
    }
    const found = await findings(root);
    expect([...found.keys()].sort()).toEqual([
      'dangling-symlink',
      'symlinked',
      'unreadable-manifest',
    ]);
    for (const { command } of found.get('unreadable-manifest')!) expect(command).toBeUndefined();
  });
});

describe('a layer link that holds nothing', () => {
  const planned = async (command: string, root: string): Promise<string[]> => {
    const flags = command === 'plan' ? [] : ['--dry-run', '--quiet-window', '0s'];
    const { json } = await regsweep([command, root, ...flags, ...FLAGS]);
    const { actions } = json as { actions: { kind: string; path: string }[] };
    return actions.filter(({ kind }) => kind === 'layer-link').map(({ path }) => path);
  };

  it('goes where no manifest of its repository needs the layer', async () => {
    const { tree, root } = await store();
    const unneeded = `sha256:${'a'.repeat(64)}` as Digest;
    const elsewhere = tree.layer('other', 'content');
    tree.layerLink('team/app', unneeded, '').layerLink('team/app', elsewhere, '');
    const paths = [unneeded, elsewhere].map((digest) => layerPath('team/app', digest)).sort();
    const found = await findings(root);
    expect(found.get('bad-layer-link')).toBeUndefined();
    expect(found.get('unneeded-layer-link')).toMatchObject(
      paths.map((path) => ({
        path: `${path}/link`,
        repository: 'team/app',
        command: `regsweep tidy ${root}`,
      })),
    );
    expect((await planned('plan', root)).sort()).toEqual(paths);
    expect((await planned('tidy', root)).sort()).toEqual(paths);
  });

  it('stays where one does, where it seems to name something, and while it is recent', async () => {
    const { tree, root, one } = await store();
    const layer = one.blobs[0]!.digest as Digest;
    truncateSync(`${tree.v2}/${layerPath('team/app', layer)}/link`);
    tree.at(Date.UTC(2024, 0, 1));
    tree.layerLink('team/app', layer, '');
    tree.layerLink('team/app', `sha256:${'b'.repeat(64)}` as Digest, ` ${layer}`);
    const recent = `sha256:${'c'.repeat(64)}` as Digest;
    tree.at(undefined).layerLink('team/app', recent, '');
    const found = await findings(root);
    expect(found.get('bad-layer-link')).toHaveLength(2);
    expect(found.get('unneeded-layer-link')).toHaveLength(1);
    expect(await planned('plan', root)).toEqual([]);
  });
});
