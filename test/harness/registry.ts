/** The real registry (Debian's docker-registry) on a free loopback port, over a given rootdirectory. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from './ports.js';
import { type Running, run, start } from './process.js';
import { removeTemp } from './temp.js';

export interface RegistryOptions {
  /** API's DELETE; on unless told otherwise. */
  readonly delete?: boolean;
  readonly readOnly?: boolean;
  readonly cache?: 'inmemory' | 'redis';
  /** `host:port` of a Redis, for `cache: 'redis'`. */
  readonly redis?: string;
  /** How it logs; only warnings unless told otherwise. */
  readonly log?: { readonly level: 'info'; readonly formatter: 'text' | 'json' };
  /** As `http.prefix`, e.g. `/some/path/`. */
  readonly prefix?: string;
  /** An htpasswd file (bcrypt). */
  readonly htpasswd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Wraps the command: e.g. `['unshare', '-m', 'sh', '-c', 'mount …; exec "$@"', '-']`. */
  readonly wrapper?: readonly string[];
  /** What the config names, where the process sees the tree under another path. */
  readonly seenAs?: string;
  /** Changes the configuration's text before it is written. */
  readonly rewrite?: (text: string) => string;
}

export interface RegistryProcess {
  readonly pid: number;
  readonly port: number;
  /** `http://127.0.0.1:<port>` with the prefix, without a slash at the end. */
  readonly url: string;
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly configPath: string;
  output(): string;
  stop(): Promise<void>;
}

function configOf(root: string, port: number, options: RegistryOptions): unknown {
  const storage = {
    filesystem: { rootdirectory: options.seenAs ?? root },
    delete: { enabled: options.delete ?? true },
    ...(options.cache && { cache: { blobdescriptor: options.cache } }),
    ...(options.readOnly !== undefined && {
      maintenance: { readonly: { enabled: options.readOnly } },
    }),
  };
  return {
    version: 0.1,
    log: options.log ?? { level: 'warn' },
    storage,
    http: { addr: `127.0.0.1:${port}`, ...(options.prefix && { prefix: options.prefix }) },
    ...(options.redis && { redis: { addr: options.redis } }),
    ...(options.htpasswd && { auth: { htpasswd: { realm: 'test', path: options.htpasswd } } }),
    // Telling where foreign layers may lie; without it the registry refuses their URLs.
    validation: { manifests: { urls: { allow: ['^https://'] } } },
    // Schema 1 must be asked for; 2.8 would refuse it otherwise.
    compatibility: { schema1: { enabled: true } },
  };
}

async function writeConfig(root: string, port: number, options: RegistryOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'regsweep-config-'));
  const path = join(folder, 'config.yml');
  const text = stringify(configOf(root, port, options));
  await writeFile(path, options.rewrite?.(text) ?? text);
  return path;
}

const removeConfig = (path: string): Promise<void> => removeTemp(join(path, '..'));

async function waitReady(running: Running, url: string): Promise<void> {
  const until = Date.now() + 15_000;
  while (Date.now() < until) {
    if (running.child.exitCode !== null) break;
    const answer = await fetch(`${url}/v2/`).catch(() => undefined);
    if (answer !== undefined && (answer.status === 200 || answer.status === 401)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const output = running.output();
  await running.stop('SIGKILL');
  throw new Error(`the registry did not get ready:\n${output}`);
}

/** Resolves when it answers; the caller stops it. */
export async function startRegistry(
  root: string,
  options: RegistryOptions = {},
): Promise<RegistryProcess> {
  const port = await freePort();
  const configPath = await writeConfig(root, port, options);
  const command = [...(options.wrapper ?? []), 'docker-registry', 'serve', configPath];
  // The registry takes every REGISTRY_* of the environment as configuration.
  const env = { ...process.env, ...options.env };
  const running = start(command[0]!, command.slice(1), { env });
  const url = `http://127.0.0.1:${port}${(options.prefix ?? '').replace(/\/+$/, '')}`;
  await waitReady(running, url);
  return {
    pid: running.pid,
    port,
    url,
    host: `127.0.0.1:${port}`,
    configPath,
    output: running.output,
    async stop() {
      await running.stop();
      await endOthers(configPath);
      await removeConfig(configPath);
    },
  };
}

/** What a test's own commands started over the same config: a start command's registry, say. */
async function endOthers(configPath: string): Promise<void> {
  const until = Date.now() + 10_000;
  for (let pids = naming(configPath); pids.length > 0; pids = naming(configPath)) {
    if (Date.now() > until) throw new Error(`${configPath}: ${pids.join(', ')} will not end`);
    for (const pid of pids) endNow(pid);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function naming(word: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && wordsOf(pid).includes(word));
}

/** Nothing for a process that has just gone, or waits to be reaped. */
function wordsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Starts, works, and stops the registry whatever happens. */
export async function withRegistry<T>(
  root: string,
  work: (registry: RegistryProcess) => Promise<T>,
  options: RegistryOptions = {},
): Promise<T> {
  const registry = await startRegistry(root, options);
  try {
    return await work(registry);
  } finally {
    await registry.stop();
  }
}

export interface Collected {
  readonly code: number;
  /** Sorted, each once. */
  readonly blobs: string[];
  /** `<repository>@<digest>`, sorted, each once. */
  readonly manifests: string[];
  readonly output: string;
}

/** The registry's own `garbage-collect`. A dry run still needs the tree to itself to be right. */
export async function collectGarbage(
  root: string,
  options: { dryRun?: boolean; deleteUntagged?: boolean; timeoutMs?: number } = {},
): Promise<Collected> {
  const configPath = await writeConfig(root, 0, {});
  const args = ['garbage-collect'];
  if (options.dryRun) args.push('--dry-run');
  if (options.deleteUntagged) args.push('-m');
  const limit = { timeoutMs: options.timeoutMs ?? 60_000 };
  const output = await run('docker-registry', [...args, configPath], limit).finally(() =>
    removeConfig(configPath),
  );
  return { code: output.code, ...eligible(output.stdout), output: output.stdout + output.stderr };
}

/** What a `garbage-collect` printed as going. It repeats itself, hence the sets. */
export function eligible(stdout: string): { blobs: string[]; manifests: string[] } {
  const blobs = new Set<string>();
  const manifests = new Set<string>();
  let repository = '';
  for (const line of stdout.split('\n')) {
    if (/^[a-z0-9][^\s:]*$/.test(line)) repository = line;
    const blob = /^blob eligible for deletion: (\S+)$/.exec(line)?.[1];
    const manifest = /^manifest eligible for deletion: (\S+)$/.exec(line)?.[1];
    if (blob !== undefined) blobs.add(blob);
    if (manifest !== undefined) manifests.add(`${repository}@${manifest}`);
  }
  return { blobs: [...blobs].sort(), manifests: [...manifests].sort() };
}
