/** Distinguishes a registry on this tree from one on a copy: only the first returns a nonce. */
import type { StorageTree } from '../../storage/port.js';
import { readProcess } from '../host/processes.js';
import { isSeen, Proc } from '../host/procfs.js';
import type { ContentAnswer, Observations, RegistryObservation } from '../model/observations.js';
import { isUndecided } from '../model/registry-state.js';
import type { GuardSettings } from '../model/settings.js';
import { type Nonce, placeNonce, removeNonce } from '../probe/nonce.js';
import { askForNonce } from './registries.js';

/**
 * Writes a nonce, asks the undecided registries for it, and removes it.
 * @returns the observations with the answers of those registries
 * @throws system errors if the nonce can't be written or removed
 */
export async function settleByNonce(
  tree: StorageTree,
  settings: GuardSettings,
  seen: Observations,
): Promise<Observations> {
  const proc = new Proc(settings.procRoot ?? '/proc');
  const nonce = placeNonce(tree);
  try {
    const asked = seen.registries.map((registry) =>
      isUndecided(registry) ? settle(proc, registry, settings, nonce) : registry,
    );
    return { ...seen, registries: await Promise.all(asked) };
  } finally {
    removeNonce(tree, nonce);
  }
}

async function settle(
  proc: Proc,
  registry: RegistryObservation,
  settings: GuardSettings,
  nonce: Nonce,
): Promise<RegistryObservation> {
  const info = readProcess(proc, registry.pid);
  if (!isSeen(info)) return registry;
  try {
    return withContent(registry, await askForNonce(proc, info, settings, nonce));
  } catch (error) {
    return withContent(registry, { state: 'unasked', detail: (error as Error).message });
  }
}

const withContent = (
  registry: RegistryObservation,
  content: ContentAnswer,
): RegistryObservation => ({ ...registry, content: { ...content, byNonce: true } });
