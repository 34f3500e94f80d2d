/** A registry in a container, with one image that is kept and one that is garbage. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type CliResult, regsweep } from '../../harness/cli.js';
import { RegistryClient } from '../../harness/client.js';
import {
  buildRegistryImage,
  copyProgram,
  type Engine,
  REGISTRY_IMAGE,
  startDocker,
  startPodman,
} from '../../harness/engines.js';
import * as images from '../../harness/images.js';
import { freePort } from '../../harness/ports.js';
import { run } from '../../harness/process.js';
import { Random } from '../../harness/random.js';
import { makeTemp, removeTemp } from '../../harness/temp.js';
import { SELECT } from '../world.js';

export const ENGINES = [
  { name: 'docker' as const, begin: startDocker },
  { name: 'podman' as const, begin: startPodman },
];

/** Has `sleep` and nothing else. */
export const SLEEPER = 'regsweep-test-sleeper:1';
const CHANGE = ['--yes', '--quiet-window', '200ms', '--format', 'json'];
export const READ_ONLY = ['-e', 'REGISTRY_STORAGE_MAINTENANCE_READONLY={"enabled":true}'];

export interface Scene {
  /** Good until the end of the file. */
  readonly engine: Engine;
  /** Host path of the volume `images`, the registry's rootdirectory. */
  readonly root: string;
  /** Runs it as `registry`, over the volume `images`. */
  registry(...flags: string[]): Promise<void>;
  /** With a command of its own: the image's arguments. */
  registryAs(flags: readonly string[], ...command: string[]): Promise<void>;
  /** Pushes `kept` to each repository, and to `app` one image that is deleted again. */
  fill(...repositories: string[]): Promise<void>;
  serves(repository: string): Promise<boolean>;
  up(): Promise<void>;
  regsweep(command: readonly string[], ...flags: string[]): Promise<CliResult>;
  sweep(...flags: string[]): Promise<CliResult>;
  guard(): Promise<CliResult>;
  /** As typed into a shell. */
  paste(command: string): Promise<void>;
}

/** For one file: one engine, and after each test neither containers nor volumes. */
export function useScene(begin: () => Promise<Engine>): Scene {
  let engine: Engine;
  let port: number;
  const at = { root: '' };
  beforeAll(async () => {
    engine = await begin();
    await buildRegistryImage(engine);
    await buildSleeper(engine);
    port = await freePort();
    at.root = await engine.volume('images');
  });
  afterEach(async () => {
    await engine.removeContainers();
    for (const volume of (await engine.cli('volume', 'ls', '-q')).split('\n').filter(Boolean)) {
      await engine.cli('volume', 'rm', volume);
    }
    await engine.volume('images');
  });
  afterAll(() => engine?.stop());
  const client = (): RegistryClient => new RegistryClient(`http://127.0.0.1:${port}`);
  const registryAs: Scene['registryAs'] = async (flags, ...command) => {
    const own = [
      ...['--name', 'registry', '-v', 'images:/var/lib/registry'],
      ...['-e', `REGISTRY_HTTP_ADDR=127.0.0.1:${port}`, '-e', 'OTEL_TRACES_EXPORTER=none'],
      ...['-e', 'REGISTRY_STORAGE_DELETE_ENABLED=true'],
    ];
    await engine.run(...own, ...flags, REGISTRY_IMAGE, ...command);
  };
  const up = async (): Promise<void> => {
    const until = Date.now() + 15_000;
    for (;;) {
      const isUp = await fetch(`http://127.0.0.1:${port}/v2/`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (isUp) return;
      if (Date.now() > until) throw new Error('the registry does not answer');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const cli: Scene['regsweep'] = (command, ...flags) =>
    regsweep([...command, at.root, ...flags], { env: engine.env });
  return {
    get engine() {
      return engine;
    },
    get root() {
      return at.root;
    },
    registryAs,
    registry: async (...flags) => {
      await registryAs(flags);
      await up();
    },
    fill: async (...repositories) => {
      const random = new Random(`engines ${repositories}`);
      const gone = images.dockerImage(random);
      for (const name of repositories)
        await client().push(name, images.dockerImage(random), 'kept');
      await client().push('app', gone, 'gone');
      await client().deleteManifest('app', gone.manifest.digest);
    },
    serves: async (repository) =>
      [...(await client().pullAll(repository, 'kept')).values()].every(Boolean),
    up,
    regsweep: cli,
    sweep: (...flags) => cli(['sweep'], ...SELECT, ...CHANGE, ...flags),
    guard: () => cli(['guard']),
    paste: async (command) => {
      const { code, stderr } = await run('sh', ['-c', command], { env: engine.env });
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    },
  };
}

async function buildSleeper(engine: Engine): Promise<void> {
  const folder = await makeTemp();
  try {
    await mkdir(join(folder, 'tmp'));
    await copyProgram('sleep', folder);
    await engine.importFolder(SLEEPER, folder);
  } finally {
    await removeTemp(folder);
  }
}

/** What both streams say. */
export const said = ({ stdout, stderr }: CliResult): string => `${stdout}\n${stderr}`;
