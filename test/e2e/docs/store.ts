/** A rootdirectory with the images that the docs name, and garbage. */
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { RegistryClient } from '../../harness/client.js';
import * as images from '../../harness/images.js';
import { Random } from '../../harness/random.js';
import { withRegistry } from '../../harness/registry.js';
import { makeTemp } from '../../harness/temp.js';

const KEPT = [
  'team/app:1.0',
  'team/app:1.1',
  'team/app:1.2',
  'ci/build:pr-7',
  'old/project:1',
  'prod/app:3',
];

/** @returns the rootdirectory; the caller removes it */
export async function makeStore(): Promise<string> {
  const root = join(await makeTemp(), 'root');
  const random = new Random('documented');
  await withRegistry(root, async ({ url }) => {
    const client = new RegistryClient(url);
    for (const name of KEPT) {
      const [repository = '', tag] = name.split(':');
      await client.push(repository, images.dockerImage(random), tag);
    }
    const gone = images.dockerImage(random);
    await client.push('team/app', gone, 'gone');
    await client.deleteManifest('team/app', gone.manifest.digest);
    // What was retagged is only garbage where untagged manifests are.
    for (let i = 0; i < 2; i++) await client.push('team/app', images.ociImage(random), 'latest');
  });
  setApart(root);
  return root;
}

/** An hour between any two links: what shares one time was restored from a backup, and has no order. */
function setApart(root: string): void {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  const links = paths.filter((path) => path.endsWith('/link')).reverse();
  for (const [hours, path] of links.entries()) {
    const seconds = Date.now() / 1000 - 3600 * (hours + 1);
    utimesSync(join(root, path), seconds, seconds);
  }
}
