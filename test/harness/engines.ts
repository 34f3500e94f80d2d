/**
 * Real container engines, each with storage and a socket of its own below a temporary folder, so
 * that nothing of the machine's own engine is touched. Containers need `--network=host`: there is
 * no bridge. Whoever starts an engine stops it, in `finally` or `afterAll`.
 */
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Output, type Running, run, start } from './process.js';
import { makeTemp, removeTemp } from './temp.js';

export interface Engine {
  readonly name: 'docker' | 'podman';
  /** Path of its API's socket. */
  readonly socket: string;
  /** `docker` or `podman`, typed as it stands with this environment, speaks to this engine. */
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  /** What `docker run` has to be given on this engine besides. */
  readonly runFlags: readonly string[];
  /** Its command-line client. @returns what it printed, without the last newline @throws where it fails */
  cli(...args: string[]): Promise<string>;
  /** The same, whatever it exits with. */
  attempt(...args: string[]): Promise<Output>;
  /** Builds `folder/Dockerfile`. */
  build(image: string, folder: string, ...args: string[]): Promise<void>;
  /** An image of one layer from a folder. @param changes as `ENTRYPOINT ["/x"]` */
  importFolder(image: string, folder: string, changes?: readonly string[]): Promise<void>;
  /** `run -d` with what this engine needs besides. @returns the container's id */
  run(...args: string[]): Promise<string>;
  /** Host path of a named volume, which is made. */
  volume(name: string): Promise<string>;
  /** Ends and removes every container. */
  removeContainers(): Promise<void>;
  /** Ends every container and the engine, and removes its storage. */
  stop(): Promise<void>;
}

interface Started {
  readonly running: Running;
  readonly folder: string;
  readonly socket: string;
  readonly env: NodeJS.ProcessEnv;
}

/** `dockerd` without bridge and firewall rules. */
export async function startDocker(): Promise<Engine> {
  const folder = await makeTemp();
  const socket = join(folder, 'docker.sock');
  const running = start('dockerd', [
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ...['-p', join(folder, 'pid'), '-H', `unix://${socket}`],
    ...['--iptables=false', '--bridge=none'],
  ]);
  const env = { ...process.env, DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: '0' };
  return ready('docker', { running, folder, socket, env }, []);
}

/**
 * `podman system service`, in a mount namespace of its own, where podman takes a hybrid hierarchy
 * of control groups for the old one.
 */
export async function startPodman(): Promise<Engine> {
  const folder = await makeTemp();
  const socket = join(folder, 'podman.sock');
  const words = ['--root', 'root', '--runroot', 'run', '--tmpdir', 'tmp'].map((word, i) =>
    i % 2 === 0 ? word : join(folder, word),
  );
  const podman = ['podman', ...words, '--runtime', 'crun'];
  const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"';
  const service = [...podman, 'system', 'service', '--time=0', `unix://${socket}`];
  const running = start('unshare', ['-m', 'sh', '-c', script, '-', ...service]);
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const client = `#!/bin/sh
unset CONTAINER_HOST # it would make of this the remote client
exec nsenter -t ${running.pid} -m -- /usr/bin/${podman.join(' ')} "$@"
`;
  await writeFile(join(bin, 'podman'), client);
  await chmod(join(bin, 'podman'), 0o755);
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    CONTAINER_HOST: `unix://${socket}`,
  };
  return ready('podman', { running, folder, socket, env }, [
    ...['--cgroups=disabled', '--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=1000:1000'],
  ]);
}

async function ready(
  name: Engine['name'],
  started: Started,
  flags: readonly string[],
): Promise<Engine> {
  const engine = engineOf(name, started, ['--network=host', ...flags]);
  const until = Date.now() + 30_000;
  while ((await answer(started.socket)) !== '200') {
    if (started.running.child.exitCode !== null || Date.now() > until) {
      const output = started.running.output();
      await engine.stop();
      throw new Error(`${name} did not get ready:\n${output.slice(-3000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return engine;
}

async function answer(socket: string): Promise<string> {
  const args = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--unix-socket', socket];
  return (await run('curl', [...args, 'http://engine/_ping'])).stdout;
}

function engineOf(name: Engine['name'], started: Started, runFlags: readonly string[]): Engine {
  const { running, folder, socket, env } = started;
  const attempt = (...args: string[]): Promise<Output> =>
    run(name === 'podman' ? join(folder, 'bin', name) : name, args, { env });
  const cli = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await attempt(...args);
    if (code !== 0) throw new Error(`${name} ${args.join(' ')}: ${stderr}`);
    return stdout.trimEnd();
  };
  const isolation = name === 'podman' ? ['--isolation', 'chroot'] : [];
  // Podman waits ten seconds for a process that ignores the first signal.
  const atOnce = name === 'podman' ? ['-t', '0'] : [];
  const removeContainers = async (): Promise<void> => {
    const ids = (await cli('ps', '-aq', '--no-trunc')).split('\n').filter(Boolean);
    if (ids.length > 0) await cli('rm', '-f', ...atOnce, ...ids);
  };
  return {
    name,
    socket,
    env,
    pid: running.pid,
    runFlags,
    cli,
    attempt,
    build: async (image, at, ...args) => {
      await cli('build', ...isolation, ...args, '-t', image, at);
    },
    importFolder: async (image, at, changes = []) => {
      const tar = join(folder, 'image.tar');
      await mustRun('tar', ['-C', at, '-cf', tar, '.']);
      await cli('import', ...changes.flatMap((change) => ['-c', change]), tar, image);
      await rm(tar);
    },
    run: (...args) => cli('run', '-d', ...runFlags, ...args),
    volume: async (volume) => {
      const made = await attempt('volume', 'create', volume);
      if (made.code !== 0 && !made.stderr.includes('already exists')) throw new Error(made.stderr);
      return cli('volume', 'inspect', '-f', '{{.Mountpoint}}', volume);
    },
    removeContainers,
    stop: async () => {
      await removeContainers().catch(() => undefined);
      await running.stop();
      await unmountBelow(folder);
      await removeTemp(folder);
    },
  };
}

async function mustRun(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

/** Docker leaves the network namespace of the host mounted when it ends. */
async function unmountBelow(folder: string): Promise<void> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '');
  const ours = points.filter((point) => point.startsWith(`${folder}/`));
  for (const point of ours.reverse()) await mustRun('umount', ['-l', point]);
}

export const REGISTRY_IMAGE = 'regsweep-test-registry:1';
/** Where the registry of that image looks for its configuration. */
export const REGISTRY_CONFIG = '/etc/docker/registry/config.yml';

/**
 * An image from nothing but Debian's docker-registry and its libraries. Its configuration caches
 * in memory and serves /var/lib/registry; `REGISTRY_HTTP_ADDR` says where it listens.
 */
export async function buildRegistryImage(engine: Engine): Promise<void> {
  const folder = await makeTemp();
  try {
    await copyProgram('docker-registry', folder);
    await mkdir(join(folder, dirname(REGISTRY_CONFIG)), { recursive: true });
    await mkdir(join(folder, 'tmp'));
    const config = [
      'version: 0.1',
      'storage: {cache: {blobdescriptor: inmemory}, filesystem: {rootdirectory: /var/lib/registry}}',
      'http: {addr: "127.0.0.1:5000"}',
    ];
    await writeFile(join(folder, REGISTRY_CONFIG), `${config.join('\n')}\n`);
    const file = [
      'FROM scratch',
      'COPY . /',
      'VOLUME ["/var/lib/registry"]',
      'ENTRYPOINT ["/usr/bin/docker-registry"]',
      `CMD ["serve", "${REGISTRY_CONFIG}"]`,
    ];
    await writeFile(join(folder, 'Dockerfile'), `${file.join('\n')}\n`);
    await engine.build(REGISTRY_IMAGE, folder);
  } finally {
    await removeTemp(folder);
  }
}

/** A program and the libraries that it is linked with, at their own paths below `folder`. */
export async function copyProgram(program: string, folder: string): Promise<void> {
  const path = (await run('sh', ['-c', 'command -v "$0"', program])).stdout.trim();
  const libraries = (await run('ldd', [path])).stdout.match(/\/[^ ]+/g) ?? [];
  for (const file of [path, ...libraries]) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await cp(file, join(folder, file), { dereference: true });
  }
}
