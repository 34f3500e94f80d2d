/** Judges a container that mounts the tree, by what its engine tells. Pure. */
import { printable } from '../../storage/names.js';
import type { ContainerObservation, Observations } from '../model/observations.js';
import type { Bearing, Evidence } from '../model/types.js';
import { mountHere } from './decide-view.js';
import { containerStopRemedy } from './remedies.js';

const RUNS = ['running', 'paused', 'stopping'];
/** What an engine starts again by itself. */
const STARTS = ['always', 'unless-stopped', 'on-failure'];

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
    const what = `runs with this tree mounted, ${at}, but none of its processes is seen from here`;
    return [evidence('against', what, containerStopRemedy(name))];
  }
  // Of one that runs, the kernel's own account has been judged.
  if (runs && container.isRunning) return [];
  const nested = container.nested.map(
    (inner): Evidence => ({
      ...evidence(
        'against',
        `mounts ${printable(inner.source)} inside the tree at ${printable(inner.path)}, which this ` +
          `host doesn’t have at ${printable(inner.hostPath)}: what is stored there can’t be seen from here`,
      ),
      kind: 'nested-mount',
      mount: inner.path,
      remedy: mountHere(inner),
    }),
  );
  const isBetweenLives = status === 'restarting' || (runs && STARTS.includes(container.restart));
  if (isBetweenLives && mount.writable) {
    const what = `mounts this tree, ${at}, and its engine is about to start it again`;
    return [...nested, evidence('against', what, containerStopRemedy(name))];
  }
  const again = STARTS.includes(container.restart)
    ? `; its engine may start it by itself (restart=${container.restart})`
    : '';
  return [...nested, evidence('note', `mounts this tree, ${at}${again}`)];
}

/** By its main process, or by its id. */
function isSeenRunning(
  { pid, name, isRunning }: ContainerObservation,
  seen: Observations,
): boolean {
  // It ended between the engine's answer and our look, and is judged as one that is stopped.
  if (!isRunning) return true;
  const isIts = (who: {
    readonly pid: number;
    readonly named?: { readonly id: string };
  }): boolean => who.pid === pid || who.named?.id === name.id;
  return (
    seen.registries.some(isIts) ||
    seen.holders.some((holder) => isIts(holder) || holder.processes.some(isIts))
  );
}
