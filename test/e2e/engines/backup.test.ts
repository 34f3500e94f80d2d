/** What `--backup` wrote is loaded by the engines' own `load`. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { regsweep } from '../../harness/cli.js';
import type { Engine } from '../../harness/engines.js';
import * as images from '../../harness/images.js';
import { loadableImage } from '../../harness/loadable.js';
import { run } from '../../harness/process.js';
import { Random } from '../../harness/random.js';
import { needs } from '../../harness/require.js';
import { tempFolder } from '../../harness/temp.js';
import { expectCode, storeWith } from '../world.js';
import { ENGINES } from './scene.js';

const FLAGS = ['--yes', '--quiet-window', '200ms', '--min-age', '0s', '--max-delete', '100%'];

const docker = loadableImage('docker');
const oci = loadableImage('oci', 'oci');
const own = loadableImage('of this host');
const list = images.manifestList([loadableImage('elsewhere', 'docker', 's390x'), own]);
/** Its configuration is an image's; what it has for layers are none. */
const signature = images.imageOf(
  images.MEDIA.ociManifest,
  {
    schemaVersion: 2,
    config: images.descriptor(images.MEDIA.ociConfig, oci.blobs[0]!),
    layers: [
      images.descriptor('application/vnd.dev.cosign.simplesigning.v1+json', docker.blobs[0]!),
    ],
  },
  [oci.blobs[0]!, docker.blobs[0]!],
);
/** The list's first platform is called amd64 by the harness, its second arm64. */
const LISTED = process.arch === 'arm64' ? own : list.children[0]!;

/** A tar of the folder that `rm` wrote the images to that are named. */
async function backedUp(...names: string[]): Promise<string> {
  const random = new Random('load');
  const root = await storeWith(async (client) => {
    await client.push('team/app', docker, 'v1');
    await client.push('team/app', docker, 'same');
    await client.push('team/app', oci, 'v2');
    await client.push('team/app', list, 'multi');
    await client.push('team/app', signature, 'sha256-signed.sig');
    await client.push('team/app', images.buildkitCache(random), 'cache');
    await client.push('other', images.dockerImage(random), 'stays');
  });
  const folder = await tempFolder();
  const backup = join(folder, 'backup');
  expectCode(await regsweep(['rm', ...names, '--root', root, '--backup', backup, ...FLAGS]), 0);
  const tar = join(folder, 'backup.tar');
  expect((await run('tar', ['-C', backup, '-cf', tar, '.'])).code).toBe(0);
  return tar;
}

const idOf = (image: images.Image): string => image.blobs[0]!.digest.slice('sha256:'.length);

describe.each(ENGINES)('$name load', ({ name, begin }) => {
  describe('of a backup', needs('registry', 'guard', 'mounts', name), () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await begin();
    });
    afterAll(() => engine?.stop());

    const loadedAs = async (reference: string): Promise<string> =>
      (await engine.cli('image', 'inspect', '-f', '{{.Id}}', reference)).replace('sha256:', '');

    it('takes all images of it, under their names', async () => {
      await engine.cli('load', '-i', await backedUp('team/app'));
      const found = ['v1', 'same', 'v2', 'multi'].map((tag) => loadedAs(`team/app:${tag}`));
      expect(await Promise.all(found)).toEqual([docker, docker, oci, LISTED].map(idOf));
      const id = await engine.cli('create', ...engine.runFlags, 'team/app:v1', '/hello');
      const copy = join(await tempFolder(), 'hello');
      await engine.cli('cp', `${id}:/hello`, copy);
      expect((await run('cat', [copy])).stdout).toBe('docker');
      await engine.cli('rm', id);
      for (const tag of ['v1', 'same', 'v2', 'multi']) await engine.cli('rmi', `team/app:${tag}`);
    });

    it('takes one that is alone in it', async () => {
      await engine.cli('load', '-i', await backedUp('team/app:v2'));
      expect(await loadedAs('team/app:v2')).toBe(idOf(oci));
    });
  });
});
