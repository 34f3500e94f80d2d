/** Finds flags that the container needs to work in the host's mount namespace and doesn't have. */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { CAPABILITIES } from '../../src/runtime/container.js';

/** @returns the missing flags of `docker run` */
export function missingFlags(hostPid: string): string[] {
  const missing: string[] = [];
  if (isOwnPidNamespace(hostPid)) missing.push('--pid=host');
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)?.[1] ?? '0'}`);
  for (const [name, bit] of Object.entries(CAPABILITIES)) {
    if (((effective >> BigInt(bit)) & 1n) === 0n) missing.push(`--cap-add ${name}`);
  }
  if (/^docker-default|^containers-default|\(enforce\)/.test(appArmorProfile())) {
    missing.push('--security-opt apparmor=unconfined');
  }
  return missing;
}

/** Whether root here is another user on the host, as with an engine that runs without root. */
export const isOwnUserNamespace = (): boolean =>
  !/^ *0 +0 +4294967295\n$/.test(readFileSync('/proc/self/uid_map', 'utf8'));

/**
 * Whether the container has its own PID namespace: its first process then has the container's root.
 */
function isOwnPidNamespace(hostPid: string): boolean {
  if (process.pid === 1) return true;
  try {
    const [host, own] = [`/proc/${hostPid}/root/`, '/'].map((path) => statSync(path));
    return host!.dev === own!.dev && host!.ino === own!.ino;
  } catch {
    return false; // entering the namespace reports the error
  }
}

function appArmorProfile(): string {
  try {
    return readFileSync('/proc/self/attr/current', 'utf8');
  } catch {
    return ''; // no AppArmor
  }
}

const NAMESPACES = { mnt: '--mount', net: '--net', cgroup: '--cgroup' } as const;

/** @returns nsenter's flags for the namespaces in which the host's process differs from ours */
export function namespaceFlags(hostPid: string): string[] {
  return Object.entries(NAMESPACES).flatMap(([name, flag]) => {
    const [host, own] = [hostPid, 'self'].map((pid) => linkOf(`/proc/${pid}/ns/${name}`));
    const isNeeded = name === 'mnt' || (host !== undefined && host !== own);
    return isNeeded ? [`${flag}=/proc/${hostPid}/ns/${name}`] : [];
  });
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // an older kernel, or no permission
  }
}
