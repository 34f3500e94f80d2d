/** What the registry's own collector leaves behind, and what of it must stay. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { regsweep } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { collectGarbage } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { everything, expectCode, serve, tidy } from './world.js';

const folders = (root: string): string[] => {
  const all = [...snapshot(join(root, 'docker/registry/v2'))];
  return all.filter(([, what]) => what.startsWith('4')).map(([path]) => path);
};

const data = (root: string): Map<string, string> => {
  const all = snapshot(join(root, 'docker/registry/v2/blobs'), { folderTimes: false });
  return new Map([...all].filter(([path]) => path.endsWith('/data')));
};

describe('tidy', needs('registry', 'guard'), () => {
  it('clears the remains of a collection, and nothing that anybody can pull', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    await deletePast(root, 'shop/api', 'nightly');
    const collected = await collectGarbage(root, { deleteUntagged: true });
    expect(collected.code).toBe(0);
    await expectAgreement(root);
    const [before, kept] = [await everything(root), data(root)];
    const result = expectCode(await tidy(root), 0);
    expect(result.json).toMatchObject({ state: 'done', skippedCount: 0 });
    expect(data(root)).toEqual(kept);
    expect(await everything(root)).toEqual(before);
    const repositories = await serve(root, (client) => client.repositories());
    expect(repositories).not.toContain('legacy/importer');
    expect(folders(root).filter((path) => /^repositories\/legacy\/importer/.test(path))).toEqual(
      [],
    );
    expect(folders(root)).toContain('repositories/shop/api/_layers');
    const again = expectCode(await tidy(root), 0);
    expect(again.json).toMatchObject({ moved: {}, skippedCount: 0 });
    expect([...(await found('check', root)).keys()]).not.toContainEqual(
      expect.stringMatching(/^(dangling|dead)-/),
    );
  });
});

/** Deletes by the API what a tag pointed to before: its history still names it. */
async function deletePast(root: string, repository: string, tag: string): Promise<void> {
  const folder = join(root, 'docker/registry/v2/repositories', repository, '_manifests/tags', tag);
  const current = readFileSync(join(folder, 'current/link'), 'utf8');
  const all = readdirSync(join(folder, 'index/sha256')).map((hex) => `sha256:${hex}`);
  const past = all.filter((digest) => digest !== current);
  expect(past).not.toEqual([]);
  await serve(root, async (client) => {
    for (const digest of past) await client.deleteManifest(repository, digest);
  });
}

interface Findings {
  readonly findings: readonly {
    readonly code: string;
    readonly count: number;
    readonly samples: readonly { readonly path: string }[];
  }[];
}

/** By code, the paths that a reading command names. */
async function found(command: string, root: string): Promise<Map<string, string[]>> {
  const told = await regsweep([command, root, '--min-age', '0s', '--format', 'json']);
  const { findings } = expectCode(told, 0).json as Findings;
  return new Map(findings.map(({ code, samples }) => [code, samples.map(({ path }) => path)]));
}

/** What `check` calls debris is what `tidy` takes, and `analyze` counts as much of it. */
async function expectAgreement(root: string): Promise<void> {
  const { json } = expectCode(await tidy(root, '--dry-run'), 0);
  const { actions } = json as { actions: { kind: string; path: string; repository: string }[] };
  const [checked, analyzed] = [await found('check', root), await found('analyze', root)];
  for (const [code, kind] of [
    ['dangling-layer-link', 'layer-link'],
    ['dangling-tag-history', 'tag-history'],
    ['dead-repository', 'repository'],
  ] as const) {
    const taken = actions.filter((action) => action.kind === kind);
    // Namespaces that hold nothing else go along.
    const paths = taken.map(({ path, repository }) =>
      kind === 'repository' ? `repositories/${repository}` : path,
    );
    expect(paths, kind).not.toEqual([]);
    expect(checked.get(code), code).toEqual(paths.sort());
    if (kind !== 'tag-history') expect(analyzed.get(code), code).toEqual(paths.slice(0, 5));
  }
}
