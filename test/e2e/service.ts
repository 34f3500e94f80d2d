/** A registry that shell commands stop and start, as an administrator's service is. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryClient } from '../harness/client.js';
import { type RegistryProcess, startRegistry } from '../harness/registry.js';
import type { Everything } from './world.js';

export interface Service {
  readonly root: string;
  readonly client: RegistryClient;
  readonly stop: string;
  readonly start: string;
  /** Its start command only begins a start: waits until it answers. */
  up(): Promise<void>;
  /** All that it serves, once it is up again. */
  served(): Promise<Everything>;
  /** Whether the start command was run. */
  started(): boolean;
  /** One line in it for each command that was run. */
  readonly log: string;
}

const running: RegistryProcess[] = [];

/** After each test: what it started is ended, whoever started it last. */
export async function endServices(): Promise<void> {
  for (const registry of running.splice(0)) await registry.stop();
}

export async function service(root: string): Promise<Service> {
  const registry = await startRegistry(root);
  const at = (name: string): string => join(root, '..', name);
  running.push(registry);
  const serve = `docker-registry serve ${registry.configPath} >/dev/null 2>&1 & :`;
  const log = at('log');
  const client = new RegistryClient(registry.url);
  const answers = (): Promise<boolean> =>
    client.repositories().then(
      () => true,
      () => false,
    );
  const up = (): Promise<void> => until(answers);
  return {
    root,
    client,
    up,
    served: () => up().then(() => client.pullEverything()),
    stop: `echo stop >> ${log}; echo stopping; kill ${registry.pid}`,
    start: `echo start >> ${log}; ${serve}`,
    started: () => existsSync(log) && /^start$/m.test(readFileSync(log, 'utf8')),
    log,
  };
}

export const commands = ({ stop, start: again }: Pick<Service, 'stop' | 'start'>): string[] => [
  '--stop-command',
  stop,
  '--start-command',
  again,
];

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const limit = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error('it did not happen in time');
    await sleep(20);
  }
}
