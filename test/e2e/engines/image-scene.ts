/** packaging/Dockerfile's image in a real engine, and beside it a registry whose volume is the committed tree. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { containerLine } from '../../../src/runtime/container.js';
import { buildRegistryImage, type Engine, REGISTRY_IMAGE } from '../../harness/engines.js';
import { copyFixture } from '../../harness/fixture.js';
import { freePort } from '../../harness/ports.js';
import { type Output, type Running, start } from '../../harness/process.js';
import { buildImage, IMAGE } from '../../harness/regsweep-image.js';
import { snapshot } from '../../harness/snapshot.js';

/** The flags of the documented line, without those that tests replace. */
export const FLAGS = containerLine('docker', '')
  .split(' ')
  .slice(2, -2)
  .filter((word) => word !== '-it' && word !== '--rm' && word !== '--network=host');

export const SELECT = ['-m', '--min-age', '0s', '--max-delete', '100%'];
export const CHANGE = ['--quiet-window', '200ms', '--yes'];

/** Podman takes `--pid=host` only with control groups, which it can't manage by systemd here. */
export function launch({ name, runFlags }: Engine): string[] {
  if (name === 'docker') return ['run', ...runFlags];
  const flags = runFlags.map((flag) =>
    flag === '--cgroups=disabled' ? '--cgroups=enabled' : flag,
  );
  return ['--cgroup-manager=cgroupfs', 'run', ...flags];
}

export interface ImageScene {
  readonly engine: Engine;
  /** Host path of the volume `images`. */
  readonly root: string;
  /** The engine's client as a shell on the host calls it. */
  readonly client: string;
  /** `--stop-command` and `--start-command` that have the engine's service do it. */
  readonly commands: readonly string[];
  /** Runs the registry over the volume. */
  serve(): Promise<void>;
  status(): Promise<string>;
  /** As documented; the process that stands for the host is this one. */
  words(flags: readonly string[], args: readonly string[]): string[];
  regsweep(...args: string[]): Promise<Output>;
  /** The same as a container of this name, for the client to be told of. */
  begin(name: string, ...args: string[]): Running;
  tree(): Map<string, string>;
}

/** For one `describe`: the images are built once; each test has the tree as it was committed. */
export function useImage(begin: () => Promise<Engine>): ImageScene {
  let engine: Engine;
  let port: number;
  const at = { root: '', client: '', service: '' };
  beforeAll(async () => {
    engine = await begin();
    await buildRegistryImage(engine);
    await buildImage(engine);
    at.root = await engine.volume('images');
    port = await freePort();
    const { DOCKER_HOST: host = '', PATH: path = '' } = engine.env;
    const isDocker = engine.name === 'docker';
    at.client = isDocker ? `DOCKER_HOST=${host} docker` : `PATH=${path} podman`;
    at.service = `${isDocker ? 'docker -H' : 'podman --url'} unix://${engine.socket}`;
  }, 400_000);
  beforeEach(() => void copyFixture(at.root));
  afterEach(async () => {
    await engine.removeContainers();
    for (const name of ['docker', '.regsweep']) {
      await rm(join(at.root, name), { recursive: true, force: true });
    }
  });
  afterAll(() => engine?.stop());
  const words: ImageScene['words'] = (flags, args) => [
    ...launch(engine),
    ...['--rm', ...flags, '-e', `REGSWEEP_HOST_PID=${process.pid}`, IMAGE, ...args],
  ];
  return {
    get engine() {
      return engine;
    },
    get root() {
      return at.root;
    },
    get client() {
      return at.client;
    },
    get commands() {
      const [stop, again] = ['stop', 'start'].map((verb) => `${at.service} ${verb} registry`);
      return ['--stop-command', stop!, '--start-command', again!];
    },
    serve: async () => {
      const address = ['-e', `REGISTRY_HTTP_ADDR=127.0.0.1:${port}`];
      const volume = ['-v', 'images:/var/lib/registry'];
      // It would purge the fixture's old upload at a moment of its own.
      const maintenance = '{"uploadpurging":{"enabled":false}}';
      const keeping = ['-e', `REGISTRY_STORAGE_MAINTENANCE=${maintenance}`];
      await engine.run('--name', 'registry', ...address, ...keeping, ...volume, REGISTRY_IMAGE);
    },
    status: () => engine.cli('inspect', '-f', '{{.State.Status}}', 'registry'),
    words,
    regsweep: (...args) => engine.attempt(...words(FLAGS, args)),
    begin: (name, ...args) =>
      start(engine.name, words(['--name', name, ...FLAGS], args), { env: engine.env }),
    tree: () => snapshot(join(at.root, 'docker'), { folderTimes: false }),
  };
}
