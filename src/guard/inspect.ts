/** Collects the evidence of this moment, fingerprints aside, and decides on it. */
import type { StorageTree } from '../storage/port.js';
import { identityOf, loginOf } from './credentials.js';
import { decide } from './decide.js';
import { findWriters } from './descriptors.js';
import { findExports } from './exports.js';
import { fileSystemProblems, foreignMetadata } from './filesystem.js';
import { findHolders } from './holders.js';
import type { Observations } from './observations.js';
import { guardedPlaces } from './places.js';
import { readProcesses } from './processes.js';
import { Proc } from './procfs.js';
import { observeRegistries } from './registries.js';
import { observeRemote } from './remote.js';
import type { GuardSettings } from './settings.js';
import type { Verdict } from './types.js';
import { foldUnreadable, ownView } from './view.js';

export interface InspectOptions {
  /** Real paths outside the tree that its links lead to, from a fingerprint. */
  readonly outside?: readonly string[];
  /** Write the nonce that shows that the registry URLs serve this tree, and remove it again. */
  readonly writeNonce?: boolean;
  /** Where the registry URLs led when they showed the nonce. */
  readonly addresses?: readonly (string | undefined)[];
}

/**
 * Evidence as of now: own view, foreign metadata, filesystem, exports, processes, mounts,
 * descriptors, live answers. It holds for the moment at which it was called, not after.
 * @throws RegsweepError `guard-refused` where our own mounts can't be read, `usage` where what was
 *   given to log in with can't
 */
export async function inspect(
  tree: StorageTree,
  settings: GuardSettings,
  options: InspectOptions = {},
): Promise<Verdict> {
  return decide(await observe(tree, settings, options));
}

export async function observe(
  tree: StorageTree,
  settings: GuardSettings,
  options: InspectOptions,
): Promise<Observations> {
  loginOf(settings);
  identityOf(settings);
  const proc = new Proc(settings.procRoot ?? '/proc');
  const guarded = guardedPlaces(proc, tree, options.outside);
  const { processes, problems } = readProcesses(proc);
  const mounts = findHolders(proc, processes, guarded);
  const descriptors = findWriters(proc, tree, processes, guarded, mounts.holders);
  const paths = [...guarded.ownPaths];
  const remote =
    settings.registryUrls.length === 0
      ? undefined
      : await observeRemote(tree, settings, { writeNonce: false, ...options });
  return {
    view: [
      ...ownView(proc),
      ...foldUnreadable([...problems, ...descriptors.problems, ...mounts.problems]),
    ],
    foreignMetadata: foreignMetadata(tree),
    filesystem: fileSystemProblems(guarded.places),
    exports: findExports(proc, processes, paths, settings.hostRoot ?? ''),
    holders: mounts.holders,
    writers: descriptors.writers,
    registries: await observeRegistries(proc, tree, processes, settings, guarded),
    bystanders: settings.bystanders,
    ...(remote === undefined ? {} : { remote }),
  };
}
