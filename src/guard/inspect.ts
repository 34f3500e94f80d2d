/** Collects the current evidence, except fingerprints, and decides on it. */
import type { RegistryCache } from '../registry-config/cache-section.js';
import type { StorageTree } from '../storage/port.js';
import { decideVerdict } from './decide/decide.js';
import { isReadOnlyLive } from './decide/decide-registry.js';
import { askEngines, stillRunning } from './engines/containers-with-tree.js';
import { withContainerName } from './engines/name-holders.js';
import { findExports } from './filesystem/exports.js';
import { fileSystemProblems, foreignMetadata } from './filesystem/filesystem.js';
import { guardedPlaces } from './host/guarded-folders.js';
import { findHolders } from './host/mounts/mount-holders.js';
import { findWriters } from './host/open-writers.js';
import { readProcesses } from './host/processes.js';
import { Proc } from './host/procfs.js';
import { findTreeUsers } from './host/tree-users.js';
import { foldUnreadable, ownView, withoutRoot } from './host/visibility.js';
import { remember } from './model/memory.js';
import type {
  ContainerObservation,
  Observations,
  OtherView,
  ProcessName,
  RegistryObservation,
} from './model/observations.js';
import type { GuardSettings } from './model/settings.js';
import type { Verdict } from './model/types.js';
import { identityOf, loginOf } from './probe/credentials.js';
import { observeRemote } from './probe/remote.js';
import { settleByNonce } from './registries/copies.js';
import { observeRegistries } from './registries/registries.js';

export interface InspectOptions {
  /** Real paths outside the tree to which symbolic links in it lead, from a fingerprint. */
  readonly outside?: readonly string[];
  /** Writes a nonce to show that the registry URLs serve this tree, and removes it again. */
  readonly writeNonce?: boolean;
  /** Registries that a nonce has shown to serve a copy of this tree. */
  readonly copies?: ReadonlySet<string>;
  /** The addresses of the registry URLs when they returned the nonce. */
  readonly addresses?: readonly (string | undefined)[];
  /** False: uses the answers that the container engines gave earlier in this command. */
  readonly askEngines?: boolean;
}

/**
 * Collects evidence: own view, foreign metadata, filesystem, exports, processes, mounts,
 * descriptors, live answers.
 * @returns a verdict that is valid for the moment of the call, not for later ones
 * @throws RegsweepError `guard-refused` if our own mounts can't be read, `usage` if the password
 *   file or the certificate files can't be read
 */
export async function inspect(
  tree: StorageTree,
  settings: GuardSettings,
  options: InspectOptions = {},
): Promise<Verdict> {
  const seen = await observe(tree, settings, options);
  const verdict = decideVerdict(seen);
  if (options.writeNonce !== true || verdict.undecided !== true) return verdict;
  return decideVerdict(await settleByNonce(tree, settings, seen));
}

const NOTHING_SEEN: Omit<Observations, 'view' | 'bystanders'> = {
  foreignMetadata: [],
  filesystem: [],
  exports: [],
  holders: [],
  views: [],
  containers: [],
  engineNotes: [],
  writers: [],
  users: [],
  registries: [],
  caches: [],
};

/**
 * Collects the observations without judging them.
 * @throws the errors of `inspect`
 */
export async function observe(
  tree: StorageTree,
  settings: GuardSettings,
  options: InspectOptions,
): Promise<Observations> {
  loginOf(settings);
  identityOf(settings);
  const proc = new Proc(settings.procRoot ?? '/proc');
  const blind = settings.registryUrls.length === 0 ? withoutRoot(proc) : undefined;
  if (blind !== undefined) {
    return { ...NOTHING_SEEN, blind: true, view: [blind], bystanders: settings.bystanders };
  }
  const guarded = guardedPlaces(proc, tree, options.outside);
  const { processes, problems } = readProcesses(proc);
  const mounts = findHolders(proc, processes, guarded);
  const descriptors = findWriters(proc, tree, processes, guarded, mounts.holders);
  const paths = [...guarded.ownPaths];
  const [registries, engines] = await Promise.all([
    observeRegistries(proc, tree, processes, settings, guarded, options.copies),
    askEngines(proc, tree, guarded, settings, options.askEngines !== false),
  ]);
  const names = engines.flatMap((engine) => engine.names);
  const named = <T extends ProcessName>(who: T): T => withContainerName(who, names);
  const containers = engines
    .flatMap((engine) => engine.containers)
    .map((container) => stillRunning(proc, container));
  const views = mounts.views.map((view) => ({ ...view, holder: named(view.holder) }));
  const caches = [...cachesOf(registries), ...containerCaches(containers)];
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
    holders: mounts.holders.map(named),
    writers: descriptors.writers.map(named),
    views: [...remember(settings.memory?.views, viewsOf(views)).values()],
    containers,
    engineNotes: engines.flatMap(({ socket, silent }) =>
      silent === undefined ? [] : [`container engine at ${socket} can’t be asked: ${silent}`],
    ),
    users: findTreeUsers(
      proc,
      tree,
      processes,
      guarded,
      new Set(registries.map(({ pid }) => pid)),
      mounts.holders,
    ).map(named),
    registries: registries.map(named),
    bystanders: settings.bystanders,
    caches: [...remember(settings.memory?.caches, caches).values()],
    ...(remote === undefined ? {} : { remote }),
  };
}

/**
 * By process; undefined if the configuration was edited since, and may differ from the one read.
 */
const cachesOf = (
  registries: readonly RegistryObservation[],
): [string, RegistryCache | undefined][] =>
  registries
    .filter((registry) => registry.serves === 'this-tree' || isReadOnlyLive(registry))
    .map(({ pid, configEdited, descriptors }) => [
      `process ${pid}`,
      configEdited === 'since' ? undefined : descriptors,
    ]);

const viewsOf = (views: readonly OtherView[]): [string, OtherView][] =>
  views.map((view) => [`${view.holder.namespace} ${view.holder.pid}`, view]);

const containerCaches = (
  containers: readonly ContainerObservation[],
): [string, RegistryCache | undefined][] =>
  containers
    .filter((container) => 'cache' in container)
    .map(({ name, cache }) => [`container ${name.id}`, cache]);
