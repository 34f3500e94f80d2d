/** Reads a registry's config.yml, given with `--config`: the path of its tree and its cache. */
import { readFileSync } from 'node:fs';
import { RegsweepError } from '../util/errors.js';
import { cacheOf, type RegistryCache } from './cache-section.js';
import { parseGoYaml } from './go-yaml.js';

export interface ConfigFile {
  readonly path: string;
  readonly rootDirectory: string;
  readonly cache: RegistryCache;
  /** A registry of Harbor, whose database tells what is in use. */
  readonly harbor: boolean;
  /** A pull-through cache of another registry. */
  readonly pullThrough: boolean;
}

const DEFAULT_ROOT = '/var/lib/registry';

/**
 * Parses the file as YAML 1.1, like the registry.
 * @throws RegsweepError `usage` if it can't be read, or has no filesystem storage
 */
export function readConfigFile(path: string): ConfigFile {
  let config: unknown;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
    config = parseGoYaml(text);
  } catch (error) {
    throw new RegsweepError('usage', `--config ${path}: ${(error as Error).message}`, {
      path,
      cause: error,
    });
  }
  const storage = section(config, 'storage');
  if (storage === undefined || !('filesystem' in storage)) {
    throw new RegsweepError('usage', `--config ${path}: no section storage.filesystem`, {
      path,
      remedy: 'regsweep supports only the filesystem driver; give the tree with --root DIR',
    });
  }
  const root = section(storage, 'filesystem')?.rootdirectory;
  return {
    path,
    rootDirectory: typeof root === 'string' && root !== '' ? root : DEFAULT_ROOT,
    cache: cacheOf(section(storage, 'cache'), section(config, 'redis')),
    harbor: text.includes('harbor-token-issuer'),
    pullThrough: Boolean(section(config, 'proxy')?.remoteurl),
  };
}

function section(value: unknown, key: string): Record<string, unknown> | undefined {
  const inner = (value as Record<string, unknown> | null | undefined)?.[key];
  return typeof inner === 'object' && inner !== null
    ? (inner as Record<string, unknown>)
    : undefined;
}
