/** Commands that resolve a refusal, ready to paste. Text from other processes is shell-quoted. */
import { shellWord } from '../../util/shell-quote.js';
import type { ContainerName, NamespaceProcess, ProcessName } from '../model/observations.js';

/** The variable that makes a registry read-only. `..._READONLY_ENABLED` panics or is ignored. */
export const READ_ONLY_SETTING = `REGISTRY_STORAGE_MAINTENANCE='{"readonly": {"enabled": true}}'`;

interface Commands {
  readonly stop: string;
  /** Undefined if it is unknown how the process was started. */
  readonly start?: string | undefined;
}

/**
 * Commands by the container's name. If systemd, Swarm or Compose runs the container, the command
 * goes to that manager, which would start the container again otherwise.
 */
function containerCommands({ engine, name, host, compose, unit, swarm }: ContainerName): Commands {
  const client = host === undefined ? engine : `${engine} ${HOST_FLAG[engine]} ${shellWord(host)}`;
  if (unit !== undefined) return systemctl(unit);
  if (swarm !== undefined) {
    const scale = `${client} service scale ${shellWord(swarm)}`;
    return { stop: `${scale}=0`, start: `${scale}=1` };
  }
  if (compose !== undefined) {
    const project = `${client} compose -p ${shellWord(compose.project)}`;
    const service = shellWord(compose.service);
    return { stop: `${project} stop ${service}`, start: `${project} start ${service}` };
  }
  return {
    stop: `${client} stop ${shellWord(name)}`,
    start: `${client} start ${shellWord(name)}`,
  };
}

const HOST_FLAG = { docker: '-H', podman: '--url' } as const;

const systemctl = (unit: string): Commands => ({
  stop: `systemctl stop ${shellWord(unit)}`,
  start: `systemctl start ${shellWord(unit)}`,
});

function commandsFor(who: ProcessName): Commands {
  if (who.named !== undefined) return containerCommands(who.named);
  const name = shellWord(who.container ?? '');
  switch (who.engine) {
    case 'docker':
    case 'podman':
      return { stop: `${who.engine} stop ${name}`, start: `${who.engine} start ${name}` };
    case 'lxc':
      return { stop: `lxc-stop -n ${name}`, start: `lxc-start -n ${name}` };
    case 'kubernetes':
      return { stop: 'kubectl scale --replicas=0 deployment/NAME' };
    default:
      return who.unit === undefined ? { stop: `kill ${who.pid}` } : systemctl(who.unit);
  }
}

export const stopCommand = (who: ProcessName): string => commandsFor(who).stop;

/** The stop command of a process, and the options with which regsweep runs it. */
export function stopRemedy(who: ProcessName): string {
  const { stop, start } = commandsFor(who);
  if (who.engine === 'kubernetes') return `${stop}    # the workload of container ${who.container}`;
  return withStopOption({ stop, start });
}

export const containerStopRemedy = (name: ContainerName): string =>
  withStopOption(containerCommands(name));

/** The stop command, and the options with which regsweep stops and starts the service itself. */
function withStopOption({ stop, start }: Commands): string {
  const again = start === undefined ? '' : ` --start-command ${shellWord(start)}`;
  return `${stop}\nor let regsweep do it, with --stop-command ${shellWord(stop)}${again}`;
}

/** Restarts a process so that it gets the current mounts. */
export function restartRemedy(who: ProcessName): string {
  const { stop, start } = commandsFor(who);
  return start === undefined ? `${stop}, and start it again` : `${stop} && ${start}`;
}

/** For a process that may not use this tree: a command that shows it, before anyone stops it. */
export const identifyRemedy = (who: ProcessName): string =>
  who.container === undefined && who.unit === undefined
    ? `ps -o pid,user,lstart,args -p ${who.pid}    # the process; stop it if it uses this tree`
    : stopRemedy(who);

export const LOGIN_REMEDY =
  'add --registry-user and --registry-password-file of a user who may push';

export const readOnlyRemedy = (who: ProcessName): string =>
  `${stopRemedy(who)}\nor restart it read-only, with ${READ_ONLY_SETTING} in its environment`;

/**
 * The line for the settings file that names the processes as bystanders.
 * @returns undefined if one of them is a registry or has an unreadable executable
 */
export function bystanderRemedy(processes: readonly NamespaceProcess[]): string | undefined {
  const known = processes.filter((p) => p.executable === 'plain' && p.sha256 !== undefined);
  if (known.length !== processes.length || known.length === 0) return undefined;
  const entries = new Set(known.map((p) => `{command: ${yamlText(p.name)}, sha256: ${p.sha256}}`));
  const line = [...entries].join(', ');
  return `add to /etc/regsweep.yaml, if it never writes there: guard: {bystanders: [${line}]}`;
}

/** Quotes a name, since a process chooses its name and could add entries to the line. */
const yamlText = (text: string): string =>
  /^[A-Za-z_][\w.-]*$/.test(text) ? text : JSON.stringify(text);
