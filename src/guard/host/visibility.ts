/** Checks that regsweep sees every process of this host. Otherwise finding none proves nothing. */

import { containerLine, engineAround } from '../../runtime/container.js';
import { parseMountinfo } from '../../storage/mounts/mountinfo.js';
import type { Problem } from '../model/observations.js';
import { isSeen, type Proc } from './procfs.js';

/** The kernel's fixed number for the initial PID namespace (PROC_PID_INIT_INO). */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';
const CAPABILITIES = { CAP_DAC_READ_SEARCH: 2, CAP_SYS_PTRACE: 19, CAP_SYS_ADMIN: 21 } as const;

/** Ends with the command alone on its line, so that it can be pasted. */
const onHost = (): string => {
  const fromImage = containerLine(engineAround() ?? 'docker', 'COMMAND TREE');
  return `run regsweep on the host itself, as root; from its image, without -v:\n${fromImage}`;
};

/** @returns a problem for each reason why processes of the host may be hidden */
export function ownView(proc: Proc): Problem[] {
  return [
    ...container(),
    ...pidNamespace(proc),
    ...userNamespace(proc),
    ...capabilities(proc),
    ...hiddenProcesses(proc),
  ];
}

/**
 * The only problem worth reporting to a user without root's privileges, who can examine hardly any
 * other process.
 * @returns undefined for root, and for another user with all needed capabilities
 */
export function withoutRoot(proc: Proc): Problem | undefined {
  const status = proc.text('self', 'status');
  const [, effective] = isSeen(status) ? (field(status, 'Uid')?.split(/\s+/) ?? []) : [];
  if (effective === undefined || effective === '0' || capabilities(proc).length === 0) {
    return undefined;
  }
  return {
    message: 'regsweep doesn’t run as root, so it can’t see which processes use this tree',
    remedy: 'run it as root, with sudo for example',
  };
}

const NAMED = 3;

/** Merges the problems of unreadable processes into one, since there may be hundreds. */
export function foldUnreadable(found: readonly Problem[]): Problem[] {
  const byPid = new Map<number, Problem>();
  for (const problem of found) {
    if (problem.pid !== undefined && !byPid.has(problem.pid)) byPid.set(problem.pid, problem);
  }
  const [first, ...others] = byPid.values();
  const rest = found.filter(({ pid }) => pid === undefined);
  if (first === undefined || others.length === 0) return first ? [first, ...rest] : rest;
  const names = [...byPid.values()].slice(0, NAMED).map(({ pid, command }) => `${pid} ${command}`);
  const more = byPid.size > NAMED ? ', …' : '';
  const folded: Problem = {
    message: `${byPid.size} processes can't be read: ${names.join(', ')}${more}`,
    ...(first.remedy === undefined ? {} : { remedy: first.remedy }),
  };
  return [folded, ...rest];
}

function pidNamespace(proc: Proc): Problem[] {
  const own = proc.link('self', 'ns/pid');
  const status = proc.text('self', 'status');
  const nspid = isSeen(status) ? field(status, 'NSpid')?.split(/\s+/) : undefined;
  const first = proc.link(1, 'ns/pid');
  const initial = own === INITIAL_PID_NAMESPACE && (!isSeen(first) || first === own);
  if (initial && nspid?.length === 1) return [];
  return [
    {
      message: 'this is a child PID namespace: processes outside it are not visible',
      remedy: `${onHost()}\nor give --registry-url once per registry instance`,
    },
  ];
}

/**
 * Reports a run in a container's own mount namespace. The image's entry point stays in it only if
 * the tree is mounted into the container.
 */
function container(): Problem[] {
  if (engineAround() === undefined) return [];
  return [
    {
      message:
        'the tree is mounted into this container: regsweep can’t see who else uses it on the host',
      remedy: onHost(),
    },
  ];
}

function userNamespace(proc: Proc): Problem[] {
  const map = proc.text('self', 'uid_map');
  if (isSeen(map) && /^\s*0\s+0\s+4294967295\s*$/.test(map)) return [];
  return [{ message: 'this is a child user namespace: root is not root here', remedy: onHost() }];
}

function capabilities(proc: Proc): Problem[] {
  const status = proc.text('self', 'status');
  const mask = isSeen(status) ? field(status, 'CapEff') : undefined;
  const effective = BigInt(`0x${mask ?? '0'}`);
  const lacking = Object.entries(CAPABILITIES)
    .filter(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n)
    .map(([name]) => name);
  if (lacking.length === 0) return [];
  return [
    {
      message: `other processes can't be examined without ${lacking.join(', ')}`,
      remedy: 'run regsweep as root: sudo regsweep ...',
    },
  ];
}

function hiddenProcesses(proc: Proc): Problem[] {
  const text = proc.text('self', 'mountinfo');
  const mounts = isSeen(text) ? parseMountinfo(text) : [];
  const options = mounts.filter((mount) => mount.mountPoint === '/proc').at(-1)?.superOptions ?? [];
  const hiding = options.find((option) => /^hidepid=(?!0$|off$)/.test(option));
  const subset = options.find((option) => option.startsWith('subset='));
  const found = hiding ?? subset;
  if (found === undefined) return [];
  return [
    {
      message: `/proc is mounted with ${found}: processes may be hidden`,
      remedy: 'mount -o remount,hidepid=0 /proc',
    },
  ];
}

function field(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(status)?.[1];
}
