/** A registry's configuration as its process read it: the file, overlaid by its environment. Pure. */
import { parse } from 'yaml';
import { cacheOf, type RegistryCache } from './cache-section.js';
import { parseGoYaml } from './go-yaml.js';

export interface ProcessConfig {
  /** Undefined: it doesn't store on a filesystem. */
  readonly rootDirectory: string | undefined;
  readonly storageDriver: string;
  readonly readOnly: boolean;
  /** An environment setting that looks like read-only mode and does nothing. */
  readonly ignoredSetting?: string;
  /** It is a pull-through cache, which writes on reads. */
  readonly cache: boolean;
  readonly harbor: boolean;
  /** `host:port` of the API; the default is the registry's own. */
  readonly address: string;
  readonly unixSocket: boolean;
  readonly prefix: string;
  readonly tls: boolean;
  /** It wants to see a client's certificate. */
  readonly clientCertificate: boolean;
  /** Its cache of blob descriptors. */
  readonly descriptors: RegistryCache;
}

type Section = Record<string, unknown>;

const DEFAULT_ROOT = '/var/lib/registry';
const ROOT_KEY = 'rootdirectory';
const NO_DRIVERS = new Set(['maintenance', 'cache', 'delete', 'redirect', 'tag']);

/**
 * @param text the config file; '' where there is none
 * @param environment the process's own
 * @throws where the file or a variable can't be understood: the caller must then know nothing
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
 * The registry takes its variables in any case; which of several that differ in case alone it
 * takes depends on what they set.
 */
function inUpperCase(env: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const upper = /^REGISTRY_/i.test(name) ? name.toUpperCase() : name;
    if ((result[upper] ?? value) !== value) {
      throw new Error(`its environment has ${upper} twice, in upper and lower case`);
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

/** A single value of the environment: YAML too, but what it says is text, whatever it looks like. */
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

/** The key as the registry spells it first; else without regard to case, as variables name it. */
function lookUp(section: unknown, key: string): unknown {
  if (section === null || typeof section !== 'object') return undefined;
  if (Object.hasOwn(section, key)) return (section as Section)[key];
  const found = Object.keys(section).find((name) => name.toLowerCase() === key);
  return found === undefined ? undefined : (section as Section)[found];
}

/** `PREFIX='{yaml}'` replaces the section, `PREFIX_KEY=yaml` one key of it. */
function overlay(
  section: unknown,
  env: Readonly<Record<string, string>>,
  prefix: string,
  keys: readonly string[],
): Section {
  const whole = env[prefix];
  const base = whole === undefined ? section : parseGoYaml(whole);
  const result = { ...sectionOf(base) };
  for (const key of keys) {
    const value = env[`${prefix}_${key.toUpperCase()}`];
    if (value === undefined) continue;
    for (const name of Object.keys(result)) if (name.toLowerCase() === key) delete result[name];
    result[key] = yamlText(value);
  }
  return result;
}

/** `storage: inmemory` is short for a driver without parameters. */
function storageOf(file: Section, env: Readonly<Record<string, string>>): Section {
  const whole = env.REGISTRY_STORAGE;
  const value = whole === undefined ? lookUp(file, 'storage') : parseGoYaml(whole);
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

/** Parameters of a driver go by their exact names, and what is given stands as it is. */
function rootOf(filesystem: Section): string {
  const [name, ...others] = Object.keys(filesystem).filter((key) => key.toLowerCase() === ROOT_KEY);
  if (name === undefined) return DEFAULT_ROOT;
  if (name !== ROOT_KEY || others.length > 0) {
    throw new Error(`its configuration has ${name} for ${ROOT_KEY}`);
  }
  const root = filesystem[name];
  if (root === '') return '/';
  if (typeof root === 'string' && root.startsWith('/')) return root;
  throw new Error(`the rootdirectory is relative: ${String(root)}`);
}

function readOnlyOf(storage: Section, env: Readonly<Record<string, string>>): boolean {
  const whole = env.REGISTRY_STORAGE_MAINTENANCE;
  const maintenance = whole === undefined ? lookUp(storage, 'maintenance') : parseGoYaml(whole);
  const own = env.REGISTRY_STORAGE_MAINTENANCE_READONLY;
  const readOnly = own === undefined ? lookUp(maintenance, 'readonly') : parseGoYaml(own);
  return lookUp(readOnly, 'enabled') === true;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
