/** What the registry's own collector leaves behind, and what of it must stay. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFixture } from '../harness/fixture.js';
import { collectGarbage } from '../harness/registry.js';
import { lacks } from '../harness/require.js';
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

describe.skipIf(lacks('registry'))('tidy', () => {
  it('clears the remains of a collection, and nothing that anybody can pull', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const collected = await collectGarbage(root, { deleteUntagged: true });
    expect(collected.code).toBe(0);
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
  });
});
