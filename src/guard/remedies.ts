/** The shortest ways out of a refusal, ready to paste. */
import type { MountHolder, ProcessName } from './observations.js';

export const READ_ONLY_SETTING = `REGISTRY_STORAGE_MAINTENANCE='{"readonly": {"enabled": true}}'`;

export function stopCommand(who: ProcessName): string {
  switch (who.engine) {
    case 'docker':
    case 'podman':
      return `${who.engine} stop ${who.container}`;
    case 'lxc':
      return `lxc-stop -n ${who.container}`;
    case 'kubernetes':
      return `kubectl scale --replicas=0 (the workload of container ${who.container})`;
    default:
      return who.unit === undefined ? `kill ${who.pid}` : `systemctl stop ${who.unit}`;
  }
}

export const stopRemedy = (who: ProcessName): string =>
  `${stopCommand(who)}    (or let regsweep do it: --stop-command '${stopCommand(who)}')`;

export const readOnlyRemedy = (who: ProcessName): string =>
  `${stopCommand(who)}    (or restart it with ${READ_ONLY_SETTING} in its environment)`;

/** The entry that names a harmless holder; undefined where it must not be named. */
export function bystanderRemedy(holder: MountHolder): string | undefined {
  const plain = holder.processes.filter((process) => process.executable === 'plain');
  const known = plain.filter((process) => process.sha256 !== undefined);
  if (known.length !== holder.processes.length || known.length === 0) return undefined;
  const entries = [...new Set(known.map((p) => `{command: ${p.name}, sha256: ${p.sha256}}`))];
  return `in /etc/regsweep.yaml, if it never writes there: guard: {bystanders: [${entries.join(', ')}]}`;
}
