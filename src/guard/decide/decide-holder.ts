/** Judges one mount namespace in which the tree is mounted. Pure. */
import { printable } from '../../storage/names.js';
import type { MountHolder, Observations } from '../model/observations.js';
import type { Bearing, Evidence, EvidenceKind } from '../model/types.js';
import { isReadOnlyByKernel, isReadOnlyLive } from './decide-registry.js';
import { isNamedBystander } from './decide-user.js';
import { bystanderRemedy, stopRemedy } from './remedies.js';

/** @returns `for` or `note` only if no process of the namespace can write to the tree */
export function decideHolder(holder: MountHolder, seen: Observations): Evidence {
  if (holder.mounts.every((mount) => !mount.writable)) {
    return evidence(holder, 'mount', 'for', 'has this tree mounted read-only');
  }
  if (isReadOnlyRegistry(holder, seen)) {
    return evidence(holder, 'mount', 'for', 'belongs to a registry in read-only mode');
  }
  if (isBystander(holder, seen)) {
    return evidence(holder, 'bystander', 'note', 'uses this tree and is a configured bystander');
  }
  const named = seen.bystanders.some((entry) =>
    holder.processes.some((p) => entry.command === p.name),
  );
  const why = named ? ' (a bystander of that name is configured, but doesn’t match)' : '';
  const remedies = [stopRemedy(holder), bystanderRemedy(holder.processes)].filter(
    (r) => r !== undefined,
  );
  const what = `can write to this tree through its own mount${why}`;
  return { ...evidence(holder, 'mount', 'against', what), remedy: remedies.join('\nor ') };
}

/**
 * Whether at least one read-only registry runs in the namespace, every registry in it is
 * read-only, and every executable in it is readable.
 */
function isReadOnlyRegistry(holder: MountHolder, seen: Observations): boolean {
  const pids = new Set(holder.processes.map((process) => process.pid));
  const inside = seen.registries.filter((registry) => pids.has(registry.pid));
  return (
    inside.some(isReadOnlyLive) &&
    inside.every((registry) => isReadOnlyLive(registry) || isReadOnlyByKernel(registry)) &&
    holder.processes.every((process) => process.executable !== 'unreadable')
  );
}

/** Every process in the namespace is a configured bystander. */
export const isBystander = (holder: MountHolder, seen: Observations): boolean =>
  holder.processes.length > 0 &&
  holder.processes.every((process) => isNamedBystander(process, seen));

function evidence(
  holder: MountHolder,
  kind: EvidenceKind,
  bearing: Bearing,
  what: string,
): Evidence {
  const mount = holder.mounts.find((held) => held.writable) ?? holder.mounts[0]!;
  const where = holder.container === undefined ? '' : `, container ${holder.container}`;
  const how = mount.via === 'overlay' ? 'in the overlay at' : 'at';
  const at = `${printable(mount.hostPath)} ${how} ${printable(mount.path)}`;
  return {
    kind,
    bearing,
    message: `process ${holder.pid} (${holder.command}${where}) ${what}: ${at}`,
    pid: holder.pid,
    command: holder.command,
    ...(holder.container === undefined ? {} : { container: holder.container }),
    mount: mount.path,
  };
}
