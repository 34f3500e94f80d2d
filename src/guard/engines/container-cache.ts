/**
 * Finds the descriptor cache of a container's registry, by arguments, environment and
 * configuration.
 */
import fs from 'node:fs';
import type { RegistryCache } from '../../registry-config/cache-section.js';
import { readProcessConfig } from '../../registry-config/process-config.js';
import { V2 } from '../../storage/layout.js';
import { below, joinPath } from '../../storage/mounts/mountinfo.js';
import { fsPath } from '../../storage/names.js';
import { attempt, isSeen } from '../host/procfs.js';
import { resolveWithin } from '../host/resolve-in-root.js';
import type { HeldMount } from '../model/observations.js';
import type { Container } from './container-api.js';

const LIMIT_BYTES = 1 << 20;

export interface ContainerCache {
  /** Undefined if its configuration can't be read. */
  readonly cache: RegistryCache | undefined;
}

/**
 * @param held the container's mounts of the tree
 * @returns undefined if the container is no registry, or one of another tree
 */
export function containerCache(
  container: Container,
  held: readonly HeldMount[],
): ContainerCache | undefined {
  const env = environmentOf(container.env);
  const path = configPath(container, env);
  if (path === undefined) return undefined;
  try {
    const text = readInside(container, path);
    if (text === undefined) return { cache: undefined };
    const { rootDirectory, descriptors } = readProcessConfig(text, env);
    if (rootDirectory === undefined) return undefined;
    const tree = joinPath(rootDirectory, V2);
    const serves = held.some(
      (mount) => below(tree, mount.path) !== undefined || below(mount.path, tree) !== undefined,
    );
    if (!serves) return undefined;
    const { redis: _, ...bare } = descriptors;
    return { cache: container.hostNetwork ? descriptors : bare };
  } catch {
    return { cache: undefined };
  }
}

/** Takes the first of two variables with the same name, as Go does. */
const environmentOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    [...lines].reverse().map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );

/** The word after `serve`, else the environment's path, else an argument that names a YAML file. */
function configPath(
  { argv, workingDirectory }: Container,
  env: Readonly<Record<string, string>>,
): string | undefined {
  const verb = argv.indexOf('serve');
  const served = verb < 0 ? undefined : argv.slice(verb + 1).find((word) => !word.startsWith('-'));
  const word =
    served ?? env.REGISTRY_CONFIGURATION_PATH ?? argv.slice(1).find((arg) => /\.ya?ml$/.test(arg));
  if (word === undefined) return undefined;
  return word.startsWith('/') ? word : joinPath(workingDirectory, word);
}

/** Reads from the mount that covers the path, else from the layers of the container's root. */
function readInside({ mounts, layers }: Container, path: string): string | undefined {
  const covering = mounts
    .filter(({ destination }) => below(destination, path) !== undefined)
    .sort((a, b) => b.destination.length - a.destination.length)[0];
  if (covering !== undefined) {
    const rest = below(covering.destination, path)!;
    return rest === '' ? readText(covering.source) : readBelow(covering.source, rest);
  }
  for (const layer of layers) {
    const found = readBelow(layer, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readBelow(folder: string, path: string): string | undefined {
  const { path: resolved, exists } = resolveWithin(folder, `/${path}`);
  return exists ? readText(folder + resolved) : undefined;
}

/**
 * @returns undefined if the file is missing or can't be opened
 * @throws Error if the path is no regular file (an overlay hides a file by a device) or too large
 */
function readText(path: string): string | undefined {
  const flags = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;
  const fd = attempt(() => fs.openSync(fsPath(path), flags));
  if (!isSeen(fd)) return undefined;
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile() || stat.size > LIMIT_BYTES) {
      throw new Error(`${path} is not a regular file of at most ${LIMIT_BYTES} bytes`);
    }
    return fs.readFileSync(fd, 'utf8');
  } finally {
    fs.closeSync(fd);
  }
}
