/** Judges a container that mounts the tree, from its engine's answers. Pure. */
import { printable } from '../../storage/names.js';
import type { ContainerObservation, Observations } from '../model/observations.js';
import type { Bearing, Evidence } from '../model/types.js';
import { mountHere } from './decide-nested-mount.js';
import { containerStopRemedy } from './remedies.js';

const RUNS = ['running', 'paused', 'stopping'];
/** Restart policies with which an engine starts a container again without being asked. */
const STARTS = ['always', 'unless-stopped', 'on-failure'];

/**
 * @param container mounts the tree, or a part of it, at least once
 * @returns evidence about the container and about mounts inside the tree that only it has; empty
 *   for a running container whose processes are visible, since those are judged instead
 */
export function judgeContainer(container: ContainerObservation, seen: Observations): Evidence[] {
  const { name, status } = container;
  const runs = RUNS.includes(status);
  const evidence = (bearing: Bearing, what: string, remedy?: string): Evidence => ({
    kind: 'container',
    bearing,
    message: `container ${printable(name.name)} (${name.engine}, ${status}) ${what}`,
    container: name.name,
    ...(remedy === undefined ? {} : { remedy }),
  });
  const mount = container.mounts.find(({ writable }) => writable) ?? container.mounts[0]!;
  const at = `${printable(mount.hostPath)} at ${printable(mount.path)}`;
  if (runs && !isSeenRunning(container, seen)) {
    const what = `is running and mounts this tree, ${at}, but regsweep sees none of its processes`;
    return [evidence('against', what, containerStopRemedy(name))];
  }
  // A running container is judged by its processes and mounts, as the kernel reports them.
  if (runs && container.isRunning) return [];
  const nested = container.nested.map(
    (inner): Evidence => ({
      ...evidence(
        'against',
        `mounts ${printable(inner.source)} inside the tree at ${printable(inner.path)}, but this ` +
          `host has no such mount at ${printable(inner.hostPath)}: regsweep can’t see what is ` +
          'stored there',
      ),
      kind: 'nested-mount',
      mount: inner.path,
      remedy: mountHere(inner),
    }),
  );
  const isRestarting = status === 'restarting' || (runs && STARTS.includes(container.restart));
  if (isRestarting && mount.writable) {
    const what = `mounts this tree, ${at}, and its engine is about to restart it`;
    return [...nested, evidence('against', what, containerStopRemedy(name))];
  }
  const again = STARTS.includes(container.restart)
    ? `; its engine may restart it at any time (restart=${container.restart})`
    : '';
  return [...nested, evidence('note', `mounts this tree, ${at}${again}`)];
}

/** Whether a process of the container was seen: its main process, or any with its container id. */
function isSeenRunning(
  { pid, name, isRunning }: ContainerObservation,
  seen: Observations,
): boolean {
  // It ended after the engine's answer. The caller judges it as a stopped container.
  if (!isRunning) return true;
  const belongsToContainer = (who: {
    readonly pid: number;
    readonly named?: { readonly id: string };
  }): boolean => who.pid === pid || who.named?.id === name.id;
  return (
    seen.registries.some(belongsToContainer) ||
    seen.holders.some(
      (holder) => belongsToContainer(holder) || holder.processes.some(belongsToContainer),
    )
  );
}
