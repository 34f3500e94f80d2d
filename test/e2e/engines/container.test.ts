import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerLine } from '../../../src/runtime/container.js';
import { regsweep } from '../../harness/cli.js';
import {
  buildRegistryImage,
  type Engine,
  REGISTRY_IMAGE,
  startDocker,
  startPodman,
} from '../../harness/engines.js';
import { copyFixture } from '../../harness/fixture.js';
import { freePort } from '../../harness/ports.js';
import { type Output, run, start } from '../../harness/process.js';
import { buildImage, IMAGE } from '../../harness/regsweep-image.js';
import { needs } from '../../harness/require.js';

const _SWEEP = ['--min-age', '0s', '--max-delete', '100%', '--quiet-window', '200ms', '--yes'];

/** The flags of the documented line, without those that tests replace. */
const FLAGS = containerLine('docker', '')
  .split(' ')
  .slice(2, -2)
  .filter((word) => word !== '-it' && word !== '--rm' && word !== '--network=host');

/** Podman takes `--pid=host` only with control groups, which it can't manage by systemd here. */
function launch({ name, runFlags }: Engine): string[] {
  if (name === 'docker') return ['run', ...runFlags];
  const flags = runFlags.map((flag) =>
    flag === '--cgroups=disabled' ? '--cgroups=enabled' : flag,
  );
  return ['--cgroup-manager=cgroupfs', 'run', ...flags];
}

describe.each([
  { name: 'docker' as const, begin: startDocker },
  { name: 'podman' as const, begin: startPodman },
])(
  'the image, by $name',
  needs('root', 'mounts', 'registry', 'docker', 'podman'),
  ({ name, begin }) => {
    let engine: Engine;
    let root: string;
    let _serve: () => Promise<void>;
    let shell: string;

    beforeAll(async () => {
      engine = await begin();
      await buildRegistryImage(engine);
      await buildImage(engine);
      root = await engine.volume('images');
      copyFixture(root);
      const port = await freePort();
      _serve = async () => {
        const address = ['-e', `REGISTRY_HTTP_ADDR=127.0.0.1:${port}`];
        await engine.run(
          '--name',
          'registry',
          ...address,
          '-v',
          'images:/var/lib/registry',
          REGISTRY_IMAGE,
        );
      };
      const { DOCKER_HOST: host = '', PATH: path = '' } = engine.env;
      shell = name === 'docker' ? `DOCKER_HOST=${host} docker` : `PATH=${path} podman`;
    }, 300_000);
    afterAll(() => engine?.stop());

    /** As documented; the process that stands for the host is this one. */
    const words = (flags: readonly string[], args: readonly string[]): string[] => [
      ...launch(engine),
      ...['--rm', ...flags, '-e', `REGSWEEP_HOST_PID=${process.pid}`, IMAGE, ...args],
    ];
    const inContainer = (...args: string[]): Promise<Output> =>
      engine.attempt(...words(FLAGS, args));

    it('is small, and tells its version and help without any flag', async () => {
      const version = await engine.attempt(...launch(engine), '--rm', IMAGE, '--version');
      expect(version).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      });
      const script = `${shell} save ${IMAGE} | gzip -1 | wc -c`;
      const { stdout } = await run('sh', ['-c', script], { env: engine.env });
      expect(Number(stdout)).toBeGreaterThan(1e7);
      expect(Number(stdout)).toBeLessThan(60e6);
    });

    it('sees what regsweep on the host sees', async () => {
      const args = ['analyze', root, '-m', '--min-age', '0s', '--details', '--format', 'json'];
      const [inside, outside] = [await inContainer(...args), await regsweep(args)];
      const { run: _, filesystem: ___, ...seen } = JSON.parse(inside.stdout);
      const { run: __, filesystem: ____, ...wanted } = outside.json as Record<string, unknown>;
      expect([inside.code, seen]).toEqual([0, wanted]);
      const guard = await inContainer('guard', root, '--format', 'json');
      expect([guard.code, JSON.parse(guard.stdout).state]).toEqual([0, 'stopped']);
    });

    it('names the flag that is missing', async () => {
      const flags = FLAGS.join(' ').match(/--\S+(?: [A-Zacs]\S*)?/g) ?? [];
      for (const missing of flags.filter((flag) =>
        /pid=host|ADMIN|PTRACE|READ_SEARCH/.test(flag),
      )) {
        const others = flags.filter((flag) => flag !== missing).flatMap((flag) => flag.split(' '));
        const { code, stderr } = await engine.attempt(...words(others, ['analyze', root]));
        expect([missing, code, stderr]).toEqual([
          missing,
          64,
          expect.stringContaining(`lacks ${missing}\n`),
        ]);
        expect(stderr).toContain(containerLine(name, `analyze ${root}`));
      }
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
        const args = [...launch(engine), '--rm', ...flags, IMAGE, 'analyze', root];
        const { code, stderr } = await engine.attempt(...args);
        expect([code, stderr]).toEqual([1, expect.stringContaining('C library')]);
      } finally {
        await host.stop();
      }
    });
  },
);
