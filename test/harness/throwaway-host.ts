/**
 * A host whose files may be changed: a mount namespace of its own, in which /etc, /usr, /var and
 * others are overlays that end with it, and the registry's folders are empty filesystems. Nothing
 * else is hidden: it has this machine's processes and network, and it needs root.
 */
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BIN } from './cli.js';
import { type Output, run, start } from './process.js';
import { makeTemp, removeTemp } from './temp.js';

export interface ThrowawayHost {
  /** A process in it that stands for it. */
  readonly pid: number;
  /** A path in it, as it is reached from outside. */
  at(path: string): string;
  /** Writes a file in it, with its folders. @param mode 0644 by default */
  put(path: string, content: string, mode?: number): Promise<void>;
  /** Runs a line as root types it. @param answer is typed at a terminal; without one there is none */
  type(line: string, options?: { answer?: string; cwd?: string }): Promise<Output>;
  /** Ends the namespace; what was started in it must have been ended before. */
  stop(): Promise<void>;
}

const CHANGEABLE = ['/etc', '/mnt', '/opt', '/srv', '/usr', '/var'];
/** An overlay would be a filesystem that the guard knows nothing of. */
const TREES = ['/run', '/var/lib/registry', '/srv/registry'];
export const HOME = '/srv/home';

/** @param prepare shell commands in the new namespace, before anything is hidden */
export async function startHost(prepare = ''): Promise<ThrowawayHost> {
  const folder = await makeTemp();
  const script = [
    'set -e; mount --make-rprivate /',
    `mount -t tmpfs upper ${folder}`,
    prepare,
    ...CHANGEABLE.map((path) => {
      const [upper, work] = ['upper', 'work'].map((part) => join(folder, part, path));
      const options = `lowerdir=${path},upperdir=${upper},workdir=${work}`;
      return `mkdir -p ${upper} ${work}; mount -t overlay -o ${options} overlay ${path}`;
    }),
    ...TREES.map((path) => `mkdir -p ${path}; mount -t tmpfs registry ${path}`),
    `mkdir -p ${HOME}; echo ready; exec sleep infinity`,
  ];
  const running = start('unshare', ['-m', 'sh', '-c', script.join('\n')]);
  while (!running.output().includes('ready')) {
    if (running.child.exitCode !== null) throw new Error(running.output());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const at = (path: string): string => `/proc/${running.pid}/root${path}`;
  const put: ThrowawayHost['put'] = async (path, content, mode = 0o644) => {
    await mkdir(at(dirname(path)), { recursive: true });
    writeFileSync(at(path), content, { mode });
  };
  await put('/usr/local/bin/regsweep', `#!/bin/sh\nexec ${process.execPath} ${BIN} "$@"\n`, 0o755);
  const { PATH } = process.env;
  const env = { PATH: `/usr/local/bin:${PATH}`, HOME, NO_COLOR: '1', TERM: 'xterm' };
  return {
    pid: running.pid,
    at,
    put,
    type: (line, { answer, cwd = HOME } = {}) => {
      const lines = `cd ${cwd}\n${line}`;
      const atTerminal = ['script', '-qec', lines, '/dev/null'];
      const shell = answer === undefined ? ['sh', '-c', lines] : atTerminal;
      const args = ['-t', String(running.pid), '-m', '--', ...shell];
      return run('nsenter', args, { env, input: answer ?? '', timeoutMs: 120_000 });
    },
    stop: async () => {
      await running.stop();
      await removeTemp(folder);
    },
  };
}
