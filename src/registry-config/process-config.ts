/**
 * The configuration of a running registry, as its process read it: the file and the environment.
 * Pure.
 */
import { parse } from 'yaml';
import { cacheOf, type RegistryCache } from './cache-section.js';
import { parseGoYaml } from './go-yaml.js';

export interface ProcessConfig {
  /** Undefined if the storage driver is not `filesystem`. */
  readonly rootDirectory: string | undefined;
  readonly storageDriver: string;
  readonly readOnly: boolean;
  /** An environment variable that looks like read-only mode but has no effect. */
  readonly ignoredSetting?: string;
  /** A pull-through cache, which writes during pulls. */
  readonly cache: boolean;
  readonly harbor: boolean;
  /** `host:port` of the API; by default the registry's default. */
  readonly address: string;
  readonly unixSocket: boolean;
  readonly prefix: string;
  readonly tls: boolean;
  /** The server requires a client certificate. */
  readonly clientCertificate: boolean;
  /** Its cache of blob descriptors. */
  readonly descriptors: RegistryCache;
}

type Section = Record<string, unknown>;

const DEFAULT_ROOT = '/var/lib/registry';
const ROOT_KEY = 'rootdirectory';
const NO_DRIVERS = new Set(['maintenance', 'cache', 'delete', 'redirect', 'tag']);

/**
 * @param text the config file; '' if there is none
 * @param environment the environment of the process
 * @throws Error if the file or a variable can't be parsed; the caller must then treat the settings
 *   as unknown
 */
export function readProcessConfig(
  text: string,
  environment: Readonly<Record<string, string>>,
): ProcessConfig {
  const env = inUpperCase(environment);
  const file = sectionOf(parseGoYaml(text));
  const storage = storageOf(file, env);
  const http = overlay(lookUp(file, 'http'), env, 'REGISTRY_HTTP', [
    'addr',
    'net',
    'prefix',
    'host',
  ]);
  const tls = overlay(lookUp(http, 'tls'), env, 'REGISTRY_HTTP_TLS', [
    'certificate',
    'key',
    'clientcas',
  ]);
  const proxy = overlay(lookUp(file, 'proxy'), env, 'REGISTRY_PROXY', ['remoteurl']);
  const driver = driverOf(storage);
  const filesystem = overlay(lookUp(storage, 'filesystem'), env, 'REGISTRY_STORAGE_FILESYSTEM', [
    ROOT_KEY,
  ]);
  const ignored = 'REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED';
  return {
    storageDriver: driver,
    rootDirectory: driver === 'filesystem' ? rootOf(filesystem) : undefined,
    readOnly: readOnlyOf(storage, env),
    ...(env[ignored] === undefined ? {} : { ignoredSetting: ignored }),
    cache: textOf(lookUp(proxy, 'remoteurl')) !== '',
    harbor: text.includes('harbor-token-issuer') || JSON.stringify(env).includes('harbor-token'),
    address: textOf(lookUp(http, 'addr')) || ':5000',
    unixSocket: textOf(lookUp(http, 'net')) === 'unix',
    prefix: textOf(lookUp(http, 'prefix')),
    tls: textOf(lookUp(tls, 'certificate')) !== '' || lookUp(tls, 'letsencrypt') !== undefined,
    clientCertificate: isGiven(lookUp(tls, 'clientcas')),
    descriptors: descriptorsOf(file, storage, env),
  };
}

/**
 * The registry accepts its variables in any case. If two differ only in case, which one applies
 * depends on the setting, so different values are an error.
 */
function inUpperCase(env: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const upper = /^REGISTRY_/i.test(name) ? name.toUpperCase() : name;
    if ((result[upper] ?? value) !== value) {
      throw new Error(`its environment sets ${upper} twice, in different case`);
    }
    result[upper] = value;
  }
  return result;
}

function descriptorsOf(
  file: Section,
  storage: Section,
  env: Readonly<Record<string, string>>,
): RegistryCache {
  const cache = overlay(lookUp(storage, 'cache'), env, 'REGISTRY_STORAGE_CACHE', [
    'blobdescriptor',
    'layerinfo',
  ]);
  const redis = overlay(lookUp(file, 'redis'), env, 'REGISTRY_REDIS', [
    'addr',
    'username',
    'password',
    'db',
  ]);
  return cacheOf(cache, redis);
}

/** Parses one value of the environment. It is YAML, but every scalar is read as a string. */
function yamlText(text: string): unknown {
  return parse(text, { version: '1.1', schema: 'failsafe', uniqueKeys: false });
}

function sectionOf(value: unknown): Section {
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Section;
  throw new Error('the configuration is not a mapping');
}

const isGiven = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : textOf(value) !== '';

/** Finds a key in exact case first, then in any case, because environment variables may set it. */
function lookUp(section: unknown, key: string): unknown {
  if (section === null || typeof section !== 'object') return undefined;
  if (Object.hasOwn(section, key)) return (section as Section)[key];
  const found = Object.keys(section).find((name) => name.toLowerCase() === key);
  return found === undefined ? undefined : (section as Section)[found];
}

/**
 * Applies the environment to a section. `PREFIX='{yaml}'` replaces the section, `PREFIX_KEY=yaml`
 * one key.
 */
function overlay(
  section: unknown,
  env: Readonly<Record<string, string>>,
  prefix: string,
  keys: readonly string[],
): Section {
  const replacement = env[prefix];
  const base = replacement === undefined ? section : parseGoYaml(replacement);
  const result = { ...sectionOf(base) };
  for (const key of keys) {
    const value = env[`${prefix}_${key.toUpperCase()}`];
    if (value === undefined) continue;
    for (const name of Object.keys(result)) if (name.toLowerCase() === key) delete result[name];
    result[key] = yamlText(value);
  }
  return result;
}

/** `storage: inmemory` is a short form of a driver without parameters. */
function storageOf(file: Section, env: Readonly<Record<string, string>>): Section {
  const replacement = env.REGISTRY_STORAGE;
  const value = replacement === undefined ? lookUp(file, 'storage') : parseGoYaml(replacement);
  const storage = typeof value === 'string' ? { [value]: {} } : { ...sectionOf(value) };
  for (const name of Object.keys(env)) {
    const driver = /^REGISTRY_STORAGE_([A-Z0-9]+)(?:_|$)/.exec(name)?.[1]?.toLowerCase();
    if (driver !== undefined && lookUp(storage, driver) === undefined) storage[driver] = {};
  }
  return storage;
}

function driverOf(storage: Section): string {
  const drivers = Object.keys(storage).filter((name) => !NO_DRIVERS.has(name.toLowerCase()));
  if (drivers.length === 1) return drivers[0]!.toLowerCase();
  throw new Error(
    drivers.length === 0 ? 'no storage driver' : `several storage drivers: ${drivers.join(', ')}`,
  );
}

/** Keys of driver parameters are case-sensitive. The path is used as given. */
function rootOf(filesystem: Section): string {
  const [name, ...others] = Object.keys(filesystem).filter((key) => key.toLowerCase() === ROOT_KEY);
  if (name === undefined) return DEFAULT_ROOT;
  if (name !== ROOT_KEY || others.length > 0) {
    throw new Error(`its configuration has ${name} instead of ${ROOT_KEY}`);
  }
  const root = filesystem[name];
  if (root === '') return '/';
  if (typeof root === 'string' && root.startsWith('/')) return root;
  throw new Error(`the rootdirectory is relative: ${String(root)}`);
}

function readOnlyOf(storage: Section, env: Readonly<Record<string, string>>): boolean {
  const replacement = env.REGISTRY_STORAGE_MAINTENANCE;
  const maintenance =
    replacement === undefined ? lookUp(storage, 'maintenance') : parseGoYaml(replacement);
  const readOnlyValue = env.REGISTRY_STORAGE_MAINTENANCE_READONLY;
  const readOnly =
    readOnlyValue === undefined ? lookUp(maintenance, 'readonly') : parseGoYaml(readOnlyValue);
  return lookUp(readOnly, 'enabled') === true;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
