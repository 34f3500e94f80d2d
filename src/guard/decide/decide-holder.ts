/** Judges one mount namespace that holds the tree. Pure. */
import { printable } from '../../storage/names.js';
import type { MountHolder, Observations } from '../model/observations.js';
import type { Bearing, Evidence, EvidenceKind } from '../model/types.js';
import { isReadOnlyByKernel, isReadOnlyLive } from './decide-registry.js';
import { isNamedBystander } from './decide-user.js';
import { bystanderRemedy, stopRemedy } from './remedies.js';

export function decideHolder(holder: MountHolder, seen: Observations): Evidence {
  if (holder.mounts.every((mount) => !mount.writable)) {
    return evidence(holder, 'mount', 'for', 'uses this tree read-only');
  }
  if (isReadOnlyRegistry(holder, seen)) {
    return evidence(holder, 'mount', 'for', 'is the namespace of a registry in read-only mode');
  }
  if (isBystander(holder, seen)) {
    return evidence(holder, 'bystander', 'note', 'uses this tree as a named bystander');
  }
  const named = seen.bystanders.some((entry) =>
    holder.processes.some((p) => entry.command === p.name),
  );
  const why = named ? ' (it is named as a bystander, but doesn’t match)' : '';
  const remedies = [stopRemedy(holder), bystanderRemedy(holder.processes)].filter(
    (r) => r !== undefined,
  );
  const what = `can write to this tree from its own mount namespace${why}`;
  return { ...evidence(holder, 'mount', 'against', what), remedy: remedies.join('\nor ') };
}

/** A registry lives in it, and each one that does is read-only. */
function isReadOnlyRegistry(holder: MountHolder, seen: Observations): boolean {
  const pids = new Set(holder.processes.map((process) => process.pid));
  const inside = seen.registries.filter((registry) => pids.has(registry.pid));
  return (
    inside.some(isReadOnlyLive) &&
    inside.every((registry) => isReadOnlyLive(registry) || isReadOnlyByKernel(registry)) &&
    holder.processes.every((process) => process.executable !== 'unreadable')
  );
}

/** Every process in it is named; none is a registry's or unreadable. */
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
