/** packaging/Dockerfile's image, built and run by real engines: what it says and sees. */
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { containerLine } from '../../../src/runtime/container.js';
import { regsweep } from '../../harness/cli.js';
import { run, start } from '../../harness/process.js';
import { IMAGE } from '../../harness/regsweep-image.js';
import { needs } from '../../harness/require.js';
import { tempFolder } from '../../harness/temp.js';
import { typesDocumentedLines } from './image-docs.js';
import { endsCleanly } from './image-ends.js';
import { CHANGE, FLAGS, launch, SELECT, useImage } from './image-scene.js';
import { sweepsOnHost } from './image-sweeps.js';
import { ENGINES } from './scene.js';

describe.each(ENGINES)('the image, by $name', ({ name, begin }) => {
  describe('on this host', needs('root', 'mounts', 'registry', 'guard', 'docker', 'podman'), () => {
    const scene = useImage(begin);

    it('is small, and tells its version and help without any flag', async () => {
      const { engine, client } = scene;
      const version = await engine.attempt(...launch(engine), '--rm', IMAGE, '--version');
      expect(version).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      });
      const script = `${client} save ${IMAGE} | gzip -1 | wc -c`;
      const { stdout } = await run('sh', ['-c', script], { env: engine.env });
      expect(Number(stdout)).toBeGreaterThan(1e7);
      expect(Number(stdout)).toBeLessThan(60e6);
    });

    it('sees what regsweep on the host sees', async () => {
      const args = ['analyze', scene.root, '-m', '--min-age', '0s', '--details'];
      const json = [...args, '--format', 'json'];
      const [inside, outside] = [await scene.regsweep(...json), await regsweep(json)];
      const { run: _, filesystem: ___, ...seen } = JSON.parse(inside.stdout);
      const { run: __, filesystem: ____, ...wanted } = outside.json as Record<string, unknown>;
      expect([inside.code, seen]).toEqual([0, wanted]);
      const guard = await scene.regsweep('guard', scene.root, '--format', 'json');
      expect([guard.code, JSON.parse(guard.stdout).state]).toEqual([0, 'stopped']);
    });

    it('takes relative paths from the folder where it is typed', async () => {
      const folder = await tempFolder();
      const plan = scene.words(FLAGS, ['plan', scene.root, '-m', '-o', 'sweep.plan']);
      const script = `cd '${folder}' && ${scene.client} ${plan.join(' ')}`;
      const { code, stderr } = await run('sh', ['-c', script]);
      expect([code, stderr, readdirSync(folder)]).toEqual([0, expect.anything(), ['sweep.plan']]);
      const elsewhere = scene.words([...FLAGS, '-e', 'PWD=/nowhere'], ['analyze', scene.root]);
      const told = (await scene.engine.attempt(...elsewhere)).stderr;
      expect(told).toContain('/nowhere is no folder of this host');
    });

    sweepsOnHost(scene);
    typesDocumentedLines(name, scene);
    endsCleanly(scene);

    it('names the flag that is missing', async () => {
      const flags = FLAGS.join(' ').match(/--\S+(?: [A-Zacs]\S*)?/g) ?? [];
      for (const missing of flags.filter((flag) =>
        /pid=host|ADMIN|PTRACE|READ_SEARCH/.test(flag),
      )) {
        const others = flags.filter((flag) => flag !== missing).flatMap((flag) => flag.split(' '));
        const words = scene.words(others, ['analyze', scene.root, '--json']);
        const { code, stdout, stderr } = await scene.engine.attempt(...words);
        expect(JSON.parse(stdout).error).toMatchObject({
          code: 'usage',
          message: expect.any(String),
        });
        expect([missing, code, stderr]).toEqual([
          missing,
          64,
          expect.stringContaining(`lacks ${missing}\n`),
        ]);
        expect(stderr).toContain(containerLine(name, `analyze ${scene.root} --json`));
      }
    });

    async function needsRootOfHost(): Promise<void> {
      const maps = ['--uidmap', '0:100000:65536', '--gidmap', '0:100000:65536'];
      const words = scene.words([...FLAGS, ...maps], ['analyze', scene.root]);
      const { code, stderr } = await scene.engine.attempt(...words);
      expect([code, stderr]).toEqual([64, expect.stringContaining('without root on the host')]);
      expect(stderr).toContain('\nsudo podman run --userns=host --rm');
    }

    // Docker's daemon would have to be started with such a namespace.
    if (name === 'podman') it('in a user namespace, says that it needs root', needsRootOfHost);

    it('with the tree mounted into it, refuses, and says the line that works', async () => {
      const before = scene.tree();
      const volume = ['-v', `${scene.root}:/var/lib/registry`];
      const args = ['sweep', '/var/lib/registry', ...SELECT, ...CHANGE];
      for (const flags of [volume, [...volume, '--pid=host'], [...volume, ...FLAGS]]) {
        const { code, stderr } = await scene.engine.attempt(...scene.words(flags, args));
        expect([code, stderr]).toEqual([
          12,
          expect.stringContaining(containerLine(name, 'COMMAND TREE')),
        ]);
      }
      expect(scene.tree()).toEqual(before);
      const readOnly = ['-v', `${volume[1]}:ro`];
      const analyze = ['analyze', '/var/lib/registry', '--format', 'json'];
      const shown = await scene.engine.attempt(...scene.words(readOnly, analyze));
      expect([shown.code, JSON.parse(shown.stdout).totals.repositories]).toEqual([0, 8]);
    });

    it('says so where the host’s C library can’t run its Node', async () => {
      // A host without the loader that Node names, as one with musl is.
      const hide = `
      require('node:child_process').execFileSync('mount', ['-t', 'tmpfs', 'none', '/lib64']);
      console.log('ready');
      setTimeout(() => {}, 60000);`;
      const host = start('unshare', ['-m', process.execPath, '-e', hide]);
      try {
        while (!host.output().includes('ready')) await delay(50);
        const flags = [...FLAGS, '-e', `REGSWEEP_HOST_PID=${host.pid}`];
        const args = [...launch(scene.engine), '--rm', ...flags, IMAGE, 'analyze', scene.root];
        const { code, stderr } = await scene.engine.attempt(...args);
        expect([code, stderr]).toEqual([1, expect.stringContaining('C library')]);
      } finally {
        await host.stop();
      }
    });
  });
});
