/** Adds the name of the container to the processes in it. Pure. */
import type { ContainerName, ProcessName } from '../model/observations.js';

/** @param who a process; its `container` is the id, or the beginning of it */
export function withContainerName<T extends ProcessName>(
  who: T,
  names: readonly ContainerName[],
): T {
  const { container, engine } = who;
  if (container === undefined || !/^[0-9a-f]{12,64}$/.test(container)) return who;
  if (engine === 'kubernetes' || engine === 'lxc') return who;
  const named = names.find(({ id }) => id.startsWith(container));
  return named === undefined ? who : { ...who, container: named.name, engine: named.engine, named };
}
