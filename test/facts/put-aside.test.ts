/** A file that an interrupted `sweep --delete` has renamed is found, whatever file it is. */
import { expect, it } from 'vitest';
import { hexOf } from '../../src/storage/digest.js';
import { revisionPath } from '../../src/storage/layout.js';
import { findingsOf, Store, smallImage } from './helpers.js';

function filledStore(): Store {
  const store = new Store();
  const one = smallImage(store, 'app', 'one', ['once', 'twice']);
  const two = smallImage(store, 'app', 'two', ['twice']);
  expect(one.manifest).not.toBe(two.manifest);
  store.upload('app', '5d5c8d0e-6f2b-4c1a-9d3e-000000000001', 'half a layer');
  store.file(
    'repositories/app/_uploads/5d5c8d0e-6f2b-4c1a-9d3e-000000000001/hashstates/sha256/0',
    '',
  );
  const layer = store.layer('old', 'a layer');
  const schema1 = {
    schemaVersion: 1,
    name: 'old',
    tag: 'v',
    fsLayers: [{ blobSum: layer }],
    history: [],
  };
  const signature = store.blob('a signature');
  const folder = `${revisionPath('old', store.manifest('old', schema1, 'v'))}/signatures/sha256`;
  store.link(`${folder}/${hexOf(signature)}`, signature);
  return store;
}

function filesIn(store: Store, folder: string): string[] {
  return (store.mem.readdirSync(folder) as string[]).flatMap((name) => {
    const path = `${folder}/${name}`;
    return store.mem.statSync(path).isDirectory() ? filesIn(store, path) : [path];
  });
}

it('finds each file of the tree under the name that a full disk gave it', async () => {
  const store = filledStore();
  const files = filesIn(store, store.v2);
  expect(files.some((path) => path.includes('/index/'))).toBe(true);
  for (const path of files) {
    store.mem.renameSync(path, `${path}.regsweep-1a2b3c`);
    const found = findingsOf(await store.facts({ history: true }));
    expect(found).toContainEqual(
      `file-put-aside ${path.slice(store.v2.length + 1)}.regsweep-1a2b3c`,
    );
    store.mem.renameSync(`${path}.regsweep-1a2b3c`, path);
  }
  expect(findingsOf(await store.facts({ history: true })).join()).not.toContain('put-aside');
});
