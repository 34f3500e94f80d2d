/**
 * Finds sockets of container engines: at default paths, in the environment, in the kernel's list.
 */
import fs from 'node:fs';
import { isFromImage } from '../../runtime/container.js';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { attempt, isSeen, type Proc } from '../host/procfs.js';

export interface EngineSocket {
  readonly path: string;
  /** The engine's client uses this socket by default. */
  readonly isDefault: boolean;
  /**
   * Owned by root, by regsweep's user or by the tree's owner: its answers about caches are used
   * too.
   */
  readonly isTrusted: boolean;
}

const PODMAN = '/run/podman/podman.sock';
const USUAL = ['/var/run/docker.sock', PODMAN];
const VARIABLES = ['DOCKER_HOST', 'CONTAINER_HOST'];
const NAMED = /\/(?:docker|podman)\.sock$/;
/** The kernel's flag `__SO_ACCEPTCON` of a listening socket. */
const LISTENS = 0x10000;

/**
 * Leaves out other users' sockets, unless one is in its owner's `/run/user` folder or the
 * environment names it: any user can create a socket with such a name.
 */
export function engineSockets(
  proc: Proc,
  tree: StorageTree,
  env: NodeJS.ProcessEnv,
): EngineSocket[] {
  const given = namedBy(env);
  const known = [...USUAL, ...given];
  const listening = listeningPaths(proc).filter((path) => NAMED.test(path));
  const owners = new Set([0, process.geteuid?.() ?? 0, ownerOf(tree.rootDirectory)]);
  const found = new Map<string, EngineSocket>();
  for (const path of [...known, ...listening]) {
    const stat = attempt(() => fs.statSync(fsPath(path), { bigint: true }));
    if (!isSeen(stat) || !stat.isSocket()) continue;
    const key = `${stat.dev}:${stat.ino}`;
    const uid = Number(stat.uid);
    const isTrusted = owners.has(uid);
    const isOwn = isTrusted || given.includes(path) || path.startsWith(`/run/user/${uid}/`);
    if (found.has(key) || !isOwn) continue;
    found.set(key, { path, isDefault: isDefaultOf(env, path), isTrusted });
  }
  return [...found.values()];
}

function namedBy(env: NodeJS.ProcessEnv): string[] {
  return VARIABLES.flatMap((name) => /^unix:\/\/(\/.*)$/.exec(env[name] ?? '')?.[1] ?? []);
}

/**
 * Whether the engine's client uses the socket by default. In regsweep's image, Podman's client must
 * be given the socket: without it, it starts containers as its own children, with the capabilities
 * and the lifetime of regsweep's container.
 */
export function isDefaultOf(env: NodeJS.ProcessEnv, path: string): boolean {
  if (namedBy(env).includes(path)) return true;
  return USUAL.includes(path) && !(path === PODMAN && isFromImage(env));
}

function ownerOf(path: string): number {
  const stat = attempt(() => fs.statSync(fsPath(path)));
  return isSeen(stat) ? stat.uid : 0;
}

function listeningPaths(proc: Proc): string[] {
  const table = proc.host('net/unix');
  if (!isSeen(table)) return [];
  return table.split('\n').flatMap((line) => {
    const [, , , flags, , , , path] = line.trim().split(/\s+/);
    const listens = (Number.parseInt(flags ?? '', 16) & LISTENS) !== 0;
    return listens && path?.startsWith('/') ? [path] : [];
  });
}
