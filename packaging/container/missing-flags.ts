/** What the container was not given that it takes to work in the host's mount namespace. */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { CAPABILITIES } from '../../src/runtime/container.js';

/** Flags of `docker run` that are missing, as they are typed. */
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

/** The first process of a PID namespace of our own has our own root; without one it is somebody else. */
function isOwnPidNamespace(hostPid: string): boolean {
  if (process.pid === 1) return true;
  try {
    const [host, own] = [`/proc/${hostPid}/root/`, '/'].map((path) => statSync(path));
    return host!.dev === own!.dev && host!.ino === own!.ino;
  } catch {
    return false; // what is denied or not there shows when it is entered
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

/** Flags of nsenter for the namespaces in which the host's process isn't where we are. */
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
    return undefined; // an older kernel, or closed
  }
}
