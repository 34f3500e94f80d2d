/** Retention policies on a real registry's store, with push times set on the links. */
import { lstatSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CliResult } from '../harness/cli.js';
import type { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { unneeded } from '../harness/unneeded.js';
import {
  type Everything,
  everything,
  expectCode,
  purge,
  SELECT,
  storeWith,
  sweep,
} from './world.js';

const DAY = 86_400_000;

/** Makes it look as if a manifest had been pushed, and its tags set, some days ago. */
function setAge(root: string, repository: string, digest: string, days: number): void {
  const folder = join(root, 'docker/registry/v2/repositories', repository, '_manifests');
  const time = new Date(Date.now() - days * DAY - 60_000);
  for (const path of readdirSync(folder, { recursive: true }) as string[]) {
    const link = join(folder, path);
    if (path.endsWith('/link') && readFileSync(link, 'utf8') === digest) {
      utimesSync(link, time, time);
    }
  }
}

interface Release {
  readonly tag: string;
  readonly days: number;
  readonly image: images.Image;
}

const AGES = [1, 5, 12, 20, 31, 45, 70];

/** Releases v1 (70 days ago) to v7 (yesterday), all on one base layer. */
async function releases(client: RegistryClient, random: Random): Promise<Release[]> {
  const base = images.randomLayer(random);
  const made = AGES.map((days, i) => ({
    tag: `v${AGES.length - i}`,
    days,
    image: images.dockerImage(random, [base, images.randomLayer(random)]),
  }));
  for (const { tag, image } of made) await client.push('prod/app', image, tag);
  await client.push('dev/app', made[0]!.image, 'latest');
  await client.push('dev/app', images.ociImage(random), 'old');
  return made;
}

interface World {
  readonly root: string;
  readonly made: readonly Release[];
  readonly before: Everything;
  /** Writes a policy beside the tree. */
  policy(text: string): string;
}

async function world(seed: string): Promise<World> {
  let made: Release[] = [];
  const root = await storeWith(async (client) => {
    made = await releases(client, new Random(seed));
  });
  for (const { days, image } of made) setAge(root, 'prod/app', image.manifest.digest, days);
  const policy = (text: string): string => {
    const path = join(root, 'policy.yaml');
    writeFileSync(path, text);
    return path;
  };
  return { root, made, before: await everything(root), policy };
}

const KEEP = `
version: 1
protect: { tags: [v2] }
repositories:
  - { match: ["prod/**"], keepLast: 2, keepWithin: 15d }
`;

/** Of KEEP: v7 and v6 are the last two, v5 is 12 days old, v2 is protected. */
const GONE = ['v1', 'v3', 'v4'];

const names = (all: Everything): string[] => [...all.keys()].sort();
const without = (all: Everything, ...gone: string[]): Everything =>
  new Map([...all].filter(([name]) => !gone.includes(name)));

/** Bytes that the files of the tree and of its trash take on the disk, our records apart. */
function allocated(root: string): number {
  const paths = (readdirSync(root, { recursive: true }) as string[]).filter((path) =>
    /^docker\/|\/trash\//.test(path),
  );
  const stats = paths.map((path) => lstatSync(join(root, path)));
  return stats.reduce((sum, stat) => sum + (stat.isDirectory() ? 0 : stat.blocks * 512), 0);
}

const analyze = (root: string, file: string): Promise<CliResult> =>
  regsweep(['analyze', root, '--min-age', '0s', '--format', 'json', '--policy', file]);

const run = (command: string, root: string, ...args: string[]): Promise<CliResult> =>
  regsweep([command, root, ...SELECT, '--format', 'json', ...args]);

describe('a policy', needs('registry', 'guard'), () => {
  it('is previewed, planned and swept the same, and the rest is served bit for bit', async () => {
    const { root, made, before, policy } = await world('sweep');
    const file = policy(KEEP);
    const state = snapshot(join(root, 'docker'));
    const preview = expectCode(
      await regsweep(['policy', 'preview', file, root, '--min-age', '0s', '--format', 'json']),
      0,
    ).json as {
      totals: { blobs: number; bytes: number; diskBytes: number };
      repositories: object[];
      expiring: object[];
    };
    const digestOf = (tag: string): string =>
      made.find((one) => one.tag === tag)!.image.manifest.digest;
    expect(preview.expiring).toMatchObject(
      ['v4', 'v3', 'v1'].map((tag) => ({
        repository: 'prod/app',
        digest: digestOf(tag),
        tags: [tag],
        timeSource: 'tag-link',
        reason: 'not kept by keepLast 2, keepWithin 15d',
      })),
    );
    const planned = expectCode(await run('plan', root, '--policy', file), 0).json as {
      totals: { blobs: number; bytes: number };
      actions: { kind: string; tag?: string; reason: string }[];
    };
    expect(planned.totals.blobs).toBe(9);
    expect(preview.totals).toMatchObject({
      expiring: 3,
      tags: 3,
      blobs: planned.totals.blobs,
      young: { blobs: 0 },
    });
    const tags = planned.actions.filter(({ kind }) => kind === 'tag');
    expect(tags.map(({ tag, reason }) => [tag, reason])).toEqual(
      GONE.map((tag) => [tag, 'not kept by keepLast 2, keepWithin 15d']),
    );
    expect(snapshot(join(root, 'docker'))).toEqual(state);
    const garbage = expectCode(await analyze(root, file), 0).json;
    expect(garbage).toMatchObject({ totals: { garbage: { blobs: 9 } } });
    const swept = expectCode(await sweep(root, '--policy', file), 0);
    expect(swept.json).toMatchObject({
      moved: { tag: 3, revision: 3, blob: 9 },
      skippedCount: 0,
    });
    const after = without(before, ...GONE.map((tag) => `prod/app:${tag}`));
    expect(await everything(root)).toEqual(after);
    expect(oracle(root).garbage).toEqual([]);
    expect(unneeded(root)).toEqual([]);
    const { diskBytes } = preview.totals;
    expect(swept.json).toMatchObject({ diskBytes });
    const full = allocated(root);
    expect(expectCode(await purge(root), 0).json).toMatchObject({ diskBytes });
    expect(full - allocated(root)).toBe(diskBytes);
    const again = expectCode(await sweep(root, '--policy', file), 0);
    expect(again.json).toMatchObject({ moved: {} });
  });

  it('tells why in the plan, in the result and in the audit log', async () => {
    const { root, policy } = await world('why');
    const file = policy(KEEP);
    const why = 'not kept by keepLast 2, keepWithin 15d';
    const { actions } = expectCode(await run('plan', root, '--policy', file), 0).json as {
      actions: { kind: string; path: string; reason: string }[];
    };
    const planned = actions.filter(({ kind }) => kind === 'tag' || kind === 'revision');
    expect(planned.map(({ reason }) => reason)).toEqual(planned.map(() => why));
    const { removed } = expectCode(await sweep(root, '--policy', file), 0).json as {
      removed: { kind: string; reason: string }[];
    };
    expect(removed.map(({ kind, reason }) => [kind, reason]).sort()).toEqual(
      planned.map(({ kind }) => [kind, why]).sort(),
    );
    const log = readFileSync(join(root, '.regsweep/audit.jsonl'), 'utf8').trim().split('\n');
    const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const { path: _, ...action } of planned) {
      expect(lines).toContainEqual(expect.objectContaining({ event: 'moved', ...action }));
    }
  });

  it('goes with the plan file that was made by it', async () => {
    const { root, before, policy } = await world('plan file');
    const file = policy(KEEP);
    const plan = join(root, 'sweep.plan');
    expectCode(await regsweep(['plan', root, ...SELECT, '--policy', file, '-o', plan]), 0);
    policy('version: 1\nrepositories: []\n');
    const swept = expectCode(await sweep(root, '--plan', plan), 0);
    expect(swept.json).toMatchObject({ moved: { tag: 3, revision: 3, blob: 9 } });
    const after = without(before, ...GONE.map((tag) => `prod/app:${tag}`));
    expect(names(await everything(root))).toEqual(names(after));
  });

  it('by AWS’s rules, and never the last image', async () => {
    const { root, before, policy } = await world('aws');
    const selection = {
      tagStatus: 'any',
      countType: 'sinceImagePushed',
      countUnit: 'days',
      countNumber: 0.5,
    };
    const rule = { rulePriority: 1, selection, action: { type: 'expire' } };
    const bad = policy(JSON.stringify({ rules: [rule] }));
    const state = snapshot(root);
    for (const args of [
      ['sweep', root, '--yes'],
      ['plan', root],
      ['analyze', root],
    ]) {
      const refused = await regsweep([...args, '--policy', bad]);
      expect(refused.code).toBe(64);
      expect(refused.stderr).toMatch(/policy\.yaml:1:\d+: rules\[0\]\.selection\.countNumber/);
    }
    expect(snapshot(root)).toEqual(state);
    rule.selection.countNumber = 1;
    const file = policy(JSON.stringify({ rules: [rule] }));
    expectCode(await sweep(root, '--policy', file, '--repo', 'prod/*'), 0);
    const after = [...before].filter(([name]) => name.startsWith('dev/') || name.endsWith(':v7'));
    expect(await everything(root)).toEqual(new Map(after));
  });

  it('takes nothing by time where all times are equal, and says so', async () => {
    const { root, made, before, policy } = await world('equal');
    for (const { image } of made) setAge(root, 'prod/app', image.manifest.digest, 40);
    const file = policy(KEEP);
    const analyzed = expectCode(await analyze(root, file), 0).json as {
      findings: { code: string }[];
      totals: object;
    };
    expect(analyzed.findings.map(({ code }) => code)).toContain('equal-mtimes');
    expect(analyzed.totals).toMatchObject({ garbage: { blobs: 0 } });
    expectCode(await sweep(root, '--policy', file), 0);
    expect(await everything(root)).toEqual(before);
  });

  it('goes by the creation time that images’ configurations tell', async () => {
    const random = new Random('created');
    const tags = ['old', 'new', 'unknown'];
    const times = ['2020-01-02T03:04:05.123456789Z', new Date().toISOString(), undefined];
    const root = await storeWith(async (client) => {
      for (const [i, tag] of tags.entries()) {
        await client.push('app', createdImage(random, times[i]), tag);
      }
    });
    const before = await everything(root);
    const file = join(root, 'policy.yaml');
    const entry = '{ match: ["**"], keepWithin: 30d, ageBy: created }';
    writeFileSync(file, `version: 1\nrepositories:\n  - ${entry}\n`);
    const result = expectCode(await sweep(root, '--policy', file), 0);
    expect(result.json).toMatchObject({ moved: { tag: 1, revision: 1 } });
    expect(await everything(root)).toEqual(without(before, 'app:old'));
  });

  it('check tells what is wrong and where, for people and for machines', async () => {
    const { policy } = await world('check');
    const good = policy(KEEP);
    const checked = await regsweep(['policy', 'check', good, '--format', 'json']);
    expect(expectCode(checked, 0).json).toEqual({
      schemaVersion: 1,
      file: good,
      ok: true,
      problems: [],
      entries: 1,
      rules: 0,
      readings: [],
      warnings: [],
    });
    const bad = policy('version: 1\nrepositories:\n  - { match: ["**"], keepLats: 2 }\n');
    const refused = await regsweep(['policy', 'check', bad, '--format', 'json']);
    expect(refused.code).toBe(64);
    expect(refused.json).toMatchObject({ ok: false });
    expect(String((refused.json as { problems: string[] }).problems[0])).toMatch(
      /policy\.yaml:3:\d+: repositories\[0\]/,
    );
  });
});

function createdImage(random: Random, created: string | undefined): images.Image {
  const layer = images.randomLayer(random);
  const config = images.blobOf(JSON.stringify({ architecture: 'amd64', os: 'linux', created }));
  const { MEDIA, descriptor } = images;
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA.dockerManifest,
    config: descriptor(MEDIA.dockerConfig, config),
    layers: [descriptor(MEDIA.dockerLayer, layer)],
  };
  return images.imageOf(MEDIA.dockerManifest, json, [config, layer]);
}
