/** What a symbolic link in the tree leads to is served under two names: taking one takes both. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { everything, expectCode, plannedBlobs, SELECT, storeWith, sweep } from './world.js';

const note = expect.stringContaining('reachable through a symbolic link or mount');
const repositories = (root: string): string => `${root}/docker/registry/v2/repositories`;

/** `second` is served by means of a link into `first`, from which something may go. */
const CASES: readonly {
  readonly name: string;
  fill(client: RegistryClient): Promise<void>;
  link(at: string): void;
  remove(root: string): Promise<{ code: number; stderr: string }>;
}[] = [
  {
    name: 'layers of a dead repository, by another one’s folder',
    async fill(client) {
      const image = images.dockerImage(new Random('linked'));
      await client.push('first', image, 'v1');
      await client.push('second', image, 'v1');
      await client.deleteManifest('first', image.manifest.digest);
    },
    link(at) {
      fs.rmSync(`${at}/first/_manifests`, { recursive: true });
      fs.rmSync(`${at}/second/_layers`, { recursive: true });
      fs.symlinkSync('../first/_layers', `${at}/second/_layers`);
    },
    remove: (root) => sweep(root),
  },
  {
    name: 'one layer link, by a link file of another repository',
    async fill(client) {
      const random = new Random('linked');
      const layers = [images.randomLayer(random)];
      await client.push('first', images.dockerImage(random, layers), 'v1');
      await client.push('first', images.dockerImage(random), 'v1');
      await client.push('second', images.dockerImage(random, layers), 'v1');
    },
    link(at) {
      for (const hex of fs.readdirSync(`${at}/second/_layers/sha256`)) {
        if (!fs.existsSync(`${at}/first/_layers/sha256/${hex}`)) continue;
        const below = `_layers/sha256/${hex}/link`;
        fs.rmSync(`${at}/second/${below}`);
        fs.symlinkSync(`${at}/first/${below}`, `${at}/second/${below}`);
      }
    },
    remove: (root) => sweep(root, '-m'),
  },
  {
    name: 'a repository, by another name',
    fill: (client) =>
      client.push('first', images.dockerImage(new Random('linked')), 'v1').then(() => undefined),
    link: (at) => fs.symlinkSync('first', `${at}/second`),
    remove: (root) => {
      const flags = ['--yes', '--quiet-window', '200ms', '--max-delete', '100%'];
      return regsweep(['rm', 'first:v1', '--root', root, ...flags]);
    },
  },
];

describe('what a symbolic link leads to stays:', needs('registry', 'guard'), () => {
  it.each(CASES)('$name', async ({ fill, link, remove }) => {
    const root = await storeWith(fill);
    link(repositories(root));
    const before = await everything(root);
    expect([...before.keys()]).toContain('second:v1');
    const { stderr } = await remove(root);
    expect(stderr).toEqual(note);
    expect(await everything(root)).toEqual(before);
  });

  it('a repository, by a bind mount', needs('mounts'), async () => {
    const random = new Random('mounted');
    const root = await storeWith(async (client) => {
      await client.push('first', images.dockerImage(random), 'v1');
      await client.push('other', images.dockerImage(random), 'v1');
    });
    const at = repositories(root);
    fs.mkdirSync(`${at}/second`);
    execFileSync('mount', ['--bind', `${at}/first`, `${at}/second`]);
    onTestFinished(() => void execFileSync('umount', ['-l', `${at}/second`]));
    const before = await everything(root);
    expect([...before.keys()]).toContain('second:v1');
    const flags = ['--root', root, '--yes', '--quiet-window', '200ms', '--max-delete', '100%'];
    for (const what of ['first:v1', 'first', 'second:v1']) {
      const refused = expectCode(await regsweep(['rm', what, ...flags]), 13);
      // The mount itself is never moved; what it shows stays for its sake.
      if (what === 'second:v1')
        expect(refused.stderr).toMatch(/^regsweep: second: repositories\/second/);
      else expect(refused.stderr).toEqual(note);
    }
    expect(await everything(root)).toEqual(before);
    expectCode(await regsweep(['rm', 'other', ...flags]), 0);
    before.delete('other:v1');
    expect(await everything(root)).toEqual(before);
  });

  it('and is no garbage to analyze, which agrees with the plan', async () => {
    const random = new Random('untagged');
    const root = await storeWith(async (client) => {
      await client.push('first', images.dockerImage(random), 'v1');
      await client.push('first', images.dockerImage(random), 'v1');
    });
    const ask = ['analyze', root, '--min-age', '0s', '-m', '--details', '--format', 'json'];
    const garbage = async (): Promise<string[]> => {
      const { garbage } = expectCode(await regsweep(ask), 0).json as {
        garbage: { digest: string }[];
      };
      return garbage.map(({ digest }) => digest).sort();
    };
    const planned = async () => [await garbage(), await plannedBlobs(root, '-m')] as const;
    const [gone = ''] = await plannedBlobs(root, '-m');
    const alias = linkUnderSha512(`${root}/docker/registry/v2/blobs`, gone);
    const [linked, plan] = await planned();
    expect(linked).toEqual(plan);
    expect(linked).not.toContain(gone);
    fs.rmSync(alias);
    const [apart, planApart] = await planned();
    expect(apart).toEqual(planApart);
    expect(apart).toContain(gone);
  });

  it('and nothing is said where no link is', async () => {
    const root = await storeWith(async (client) => {
      const image = images.dockerImage(new Random('linked'));
      await client.push('first', image, 'v1');
      await client.push('second', images.dockerImage(new Random('other')), 'v1');
      await client.deleteManifest('first', image.manifest.digest);
    });
    const { stderr } = expectCode(await regsweep(['plan', root, ...SELECT]), 0);
    expect(stderr).not.toEqual(note);
  });
});

/** Another name for the content of a blob. @returns the link's path */
function linkUnderSha512(blobs: string, digest: string): string {
  const hex = digest.replace('sha256:', '');
  const data = `${blobs}/sha256/${hex.slice(0, 2)}/${hex}/data`;
  const name = createHash('sha512').update(fs.readFileSync(data)).digest('hex');
  const folder = `${blobs}/sha512/${name.slice(0, 2)}/${name}`;
  fs.mkdirSync(folder, { recursive: true });
  fs.symlinkSync(data, `${folder}/data`);
  return `${folder}/data`;
}
