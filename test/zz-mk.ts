import { RegistryClient } from './harness/client.js';
import { withRegistry } from './harness/registry.js';
import { Random } from './harness/random.js';
import { randomTree } from './harness/random-tree.js';
import * as images from './harness/images.js';
const root = process.argv[2]!;
await withRegistry(root, async ({ url }) => {
  const client = new RegistryClient(url);
  await randomTree(client, new Random('sweep review'));
  const r = new Random('more');
  const a = images.dockerImage(r);
  await client.push('gone', a, 'v1');
  await client.deleteManifest('gone', a.manifest.digest);
  const b = images.dockerImage(r), c = images.dockerImage(r);
  await client.push('app', b, 'v1'); await client.push('app', c, 'v1'); await client.push('app', c, 'v2');
}, {});
