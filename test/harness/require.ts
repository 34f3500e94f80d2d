/**
 * What a test needs of the machine. A test that lacks it is skipped aloud; where
 * REGSWEEP_REQUIRE_REGISTRY=1 (the CI) it fails instead.
 */
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const required = process.env.REGSWEEP_REQUIRE_REGISTRY === '1';

export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export const hasRegistry = hasProgram('docker-registry');
export const hasSkopeo = hasProgram('skopeo');
export const hasStrace = hasProgram('strace');
export const hasRedis = hasProgram('redis-server');
export const isRoot = process.getuid?.() === 0;

/** CAP_SYS_ADMIN: mounts and namespaces. Root in a container often lacks it. */
export function canMount(): boolean {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
    return (effective & (1n << 21n)) !== 0n;
  } catch {
    return false;
  }
}

const needs = {
  registry: () => hasRegistry,
  skopeo: () => hasSkopeo,
  strace: () => hasStrace,
  redis: () => hasRedis,
  fish: () => hasProgram('fish'),
  man: () => hasProgram('man'),
  promtool: () => hasProgram('promtool'),
  systemd: () => hasProgram('systemd-analyze'),
  docker: () => hasProgram('dockerd') && hasProgram('docker'),
  podman: () => hasProgram('podman') && hasProgram('crun'),
  root: () => isRoot,
  mounts: () => isRoot && canMount() && hasProgram('unshare'),
} as const;

export type Need = keyof typeof needs;

/** What no test of the registry needs: its lack is no error with REGSWEEP_REQUIRE_REGISTRY=1 either. */
const OPTIONAL: readonly string[] = ['promtool', 'systemd'];

/**
 * For `describe.skipIf(lacks(...))`: true when something is missing, said on stderr.
 * @throws where REGSWEEP_REQUIRE_REGISTRY=1
 */
export function lacks(...wanted: Need[]): boolean {
  const missing = wanted.filter((need) => !needs[need]());
  if (missing.length === 0) return false;
  const message = `this machine lacks: ${missing.join(', ')}`;
  if (required && missing.some((need) => !OPTIONAL.includes(need)))
    throw new Error(`${message} (REGSWEEP_REQUIRE_REGISTRY=1)`);
  process.stderr.write(`SKIPPED, ${message}\n`);
  return true;
}
