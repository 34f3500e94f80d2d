import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RegistryClient } from '../harness/client.js';
import { copyFixture } from '../harness/fixture.js';
import { oracle } from '../harness/oracle.js';
import { collectGarbage, withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';

describe('the committed fixture', needs('registry'), () => {
  it('is served whole by the registry: every tag, everything it references', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const everything = await withRegistry(root, ({ url }) =>
      new RegistryClient(url).pullEverything(),
    );
    const tags = [...everything.keys()].sort();
    expect(tags).toEqual([
      'base/debian:bookworm',
      'ci/cache:main',
      'shop/api/worker:latest',
      'shop/api:1.0',
      'shop/api:1.1',
      'shop/api:nightly',
      'shop/web:latest',
      expect.stringMatching(/^shop\/web:sha256-[0-9a-f]{64}\.sig$/),
      'shop/web:v1',
      'shop/web:v2',
      'shop/web:v3',
      'tools/multi:2.4',
      'tools/multi:edge',
    ]);
    const absent = [...everything].filter(([, content]) =>
      [...content.values()].includes(undefined),
    );
    expect(absent).toEqual([]);
  });

  it('holds garbage that the oracle and the registry agree about', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const { garbage } = oracle(root);
    expect(garbage).toHaveLength(4);
    expect((await collectGarbage(root, { dryRun: true })).blobs).toEqual(garbage);
    expect(oracle(root, true).expired).toHaveLength(2);
  });
});
