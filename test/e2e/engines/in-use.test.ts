/** packaging/in-use.sh with the engines' real clients: what their containers need stays. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { regsweep } from '../../harness/cli.js';
import { RegistryClient } from '../../harness/client.js';
import { copyProgram, type Engine } from '../../harness/engines.js';
import { loadableImage } from '../../harness/loadable.js';
import { run } from '../../harness/process.js';
import { withRegistry } from '../../harness/registry.js';
import { needs } from '../../harness/require.js';
import { makeTemp, tempFolder } from '../../harness/temp.js';
import { expectCode } from '../world.js';
import { ENGINES } from './scene.js';

const SCRIPT = fileURLToPath(new URL('../../../packaging/in-use.sh', import.meta.url));
const FLAGS = ['--min-age', '0s', '--max-delete', '100%', '--keep-tags', 'new', '--format', 'json'];

describe.each(ENGINES)('in-use.sh with $name', ({ name, begin }) => {
  describe('lists', needs('registry', 'mounts', name), () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await begin();
    });
    afterAll(() => engine?.stop());

    const insecure = name === 'podman' ? ['--tls-verify=false'] : [];

    /** One container runs, one was only created, and its image was pulled by its digest. */
    async function containers(root: string): Promise<void> {
      const folder = await makeTemp();
      await copyProgram('sleep', folder);
      await engine.importFolder('sleeper:1', folder);
      await withRegistry(root, async ({ url, host }) => {
        const client = new RegistryClient(url);
        const used = loadableImage('used');
        await client.push('team/web', used, 'old');
        await client.push('team/web', loadableImage('unused'), 'mid');
        for (const tag of ['1', '2']) {
          await engine.cli('tag', 'sleeper:1', `${host}/team/sleep:${tag}`);
          if (tag === '1') await engine.cli('push', ...insecure, `${host}/team/sleep:1`);
        }
        await client.push('team/sleep', loadableImage('other'), '2');
        await client.push('team/sleep', loadableImage('newest'), 'new');
        const byDigest = `${host}/team/web@${used.manifest.digest}`;
        await engine.cli('pull', ...insecure, byDigest);
        await engine.cli('create', ...engine.runFlags, byDigest, '/hello');
        await engine.run(`${host}/team/sleep:1`, 'sleep', '600');
      });
    }

    async function tagsThatGo(root: string, ...flags: string[]): Promise<string[]> {
      const { json } = expectCode(await regsweep(['plan', root, ...FLAGS, ...flags]), 0);
      return (json as { actions: { kind: string; repository: string; tag: string }[] }).actions
        .filter(({ kind }) => kind === 'tag')
        .map(({ repository, tag }) => `${repository}:${tag}`)
        .sort();
    }

    it('what runs and what was created, so that its images stay', async () => {
      const folder = await tempFolder();
      const root = join(folder, 'root');
      await containers(root);
      const file = join(folder, 'in-use.txt');
      const { code, stderr } = await run('sh', [SCRIPT, '-o', file, name], { env: engine.env });
      expect([code, stderr]).toEqual([0, '']);
      const all = ['team/sleep:1', 'team/sleep:2', 'team/web:mid'];
      expect(await tagsThatGo(root, '--allow-empty')).toEqual([...all, 'team/web:old']);
      const list = readFileSync(file, 'utf8');
      expect(list).toContain('team/sleep:1');
      expect(await tagsThatGo(root, '--allow-empty', '--keep-digests', file)).toEqual([
        'team/sleep:2',
        'team/web:mid',
      ]);
    });

    it('and the JSON of ps is understood as it is', async () => {
      const folder = await tempFolder();
      const root = join(folder, 'root');
      await containers(root);
      const file = join(folder, 'ps.json');
      const shell = '"$0" ps -a --no-trunc --format json > "$1"';
      const { code } = await run('sh', ['-c', shell, name, file], { env: engine.env });
      expect(code).toBe(0);
      expect(await tagsThatGo(root, '--allow-empty', '--keep-digests', file)).toEqual([
        'team/sleep:2',
        'team/web:mid',
      ]);
    });
  });
});
