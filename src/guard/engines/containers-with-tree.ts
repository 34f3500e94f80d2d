/**
 * Asks the container engines of this host for the containers that mount the tree, running or not.
 */
import type { StorageTree } from '../../storage/port.js';
import type { Guarded } from '../host/guarded-folders.js';
import { GONE, isSeen, type Proc } from '../host/procfs.js';
import type { EngineAnswer } from '../model/memory.js';
import type { ContainerName, ContainerObservation } from '../model/observations.js';
import type { GuardSettings } from '../model/settings.js';
import { engineClient } from './client.js';
import {
  boundVolumes,
  type Container,
  type ContainerSummary,
  engineName,
  inspectContainer,
  listContainers,
} from './container-api.js';
import { containerCache } from './container-cache.js';
import { type EngineSocket, engineSockets } from './sockets.js';
import { treeMounts } from './tree-mounts.js';

/** Limit for all requests to one engine: a registry may be stopped while regsweep waits. */
const LIMIT_MS = 2000;
const AT_ONCE = 8;

/**
 * An engine that doesn't answer is reported and not asked again in this command. Its running
 * containers are then seen by their processes and mounts; its stopped ones are not.
 * @param again false returns the answers that `settings.memory` has
 */
export async function askEngines(
  proc: Proc,
  tree: StorageTree,
  guarded: Guarded,
  settings: GuardSettings,
  again: boolean,
): Promise<EngineAnswer[]> {
  if (settings.procRoot !== undefined) return [];
  const known = settings.memory?.engines;
  if (!again) return [...(known?.values() ?? [])];
  const sockets = engineSockets(proc, tree, process.env);
  const answers = sockets.map(async (socket) => {
    const before = known?.get(socket.path);
    const answer = before?.silent === undefined ? await askOne(proc, guarded, socket) : before;
    known?.set(socket.path, answer);
    return answer;
  });
  return Promise.all(answers);
}

async function askOne(proc: Proc, guarded: Guarded, socket: EngineSocket): Promise<EngineAnswer> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const client = engineClient(socket.path, limit);
  try {
    const [engine, list, bound] = await Promise.all([
      engineName(client),
      listContainers(client),
      boundVolumes(client),
    ]);
    const host = socket.isDefault ? {} : { host: `unix://${socket.path}` };
    const names = list.map((container) => nameOf(engine, container, host));
    const containers: ContainerObservation[] = [];
    for (let at = 0; at < list.length; at += AT_ONCE) {
      const some = list.slice(at, at + AT_ONCE);
      const inspected = await Promise.all(
        some.map((one) => unlessRemoved(inspectContainer(client, one, bound))),
      );
      for (const [i, container] of inspected.entries()) {
        if (container === undefined) continue;
        const name = names[at + i]!;
        const seen = observed(proc, guarded, container, name, socket.isTrusted);
        if (seen.mounts.length > 0) containers.push(seen);
      }
    }
    return { socket: socket.path, names, containers };
  } catch (error) {
    const why = limit.aborted ? `no answer in ${LIMIT_MS / 1000} s` : (error as Error).message;
    return { socket: socket.path, names: [], containers: [], silent: why };
  }
}

/**
 * Updates whether the container's main process runs, since the engine may have answered earlier.
 */
export const stillRunning = (
  proc: Proc,
  container: ContainerObservation,
): ContainerObservation => ({
  ...container,
  isRunning: runs(proc, container.pid),
});

function runs(proc: Proc, pid: number): boolean {
  const stat = pid > 0 ? proc.stat(pid) : GONE;
  return stat !== GONE && !(isSeen(stat) && stat.state === 'Z');
}

/** @returns undefined for a container that was removed after it was listed */
async function unlessRemoved(asked: Promise<Container>): Promise<Container | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as Error).message === 'HTTP 404') return undefined;
    throw error;
  }
}

function observed(
  proc: Proc,
  guarded: Guarded,
  container: Container,
  name: ContainerName,
  isTrusted: boolean,
): ContainerObservation {
  const { mounts, nested } = treeMounts(proc, guarded, container.mounts);
  const { status, restart, pid } = container;
  if (mounts.length === 0) return { name, status, restart, pid, isRunning: false, mounts, nested };
  const found = isTrusted ? containerCache(container, mounts) : { cache: undefined };
  const cache = found === undefined ? {} : { cache: found.cache };
  return { name, status, restart, pid, isRunning: runs(proc, pid), mounts, nested, ...cache };
}

function nameOf(
  engine: ContainerName['engine'],
  { id, name, labels }: ContainerSummary,
  host: { host?: string },
): ContainerName {
  const project = labels['com.docker.compose.project'];
  const service = labels['com.docker.compose.service'];
  const unit = labels.PODMAN_SYSTEMD_UNIT;
  const swarm = labels['com.docker.swarm.service.name'];
  return {
    engine,
    id,
    name,
    ...host,
    ...(engine === 'docker' && project && service ? { compose: { project, service } } : {}),
    ...(engine === 'podman' && unit ? { unit } : {}),
    ...(engine === 'docker' && swarm ? { swarm } : {}),
  };
}
