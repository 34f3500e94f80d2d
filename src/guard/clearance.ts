/** Makes the clearance: inspect, fingerprint; then, once the caller has a plan: wait, fingerprint, inspect. */

import type { StorageTree } from '../storage/port.js';
import { RegsweepError } from '../util/errors.js';
import { refusal } from './decide/verdict-text.js';
import { addLanes, type EntryIdentity, entryHash } from './fingerprint/entry-hash.js';
import {
  CLOCK_SLACK_MS,
  type Fingerprint,
  fileSums,
  fingerprint,
  requireSame,
  sameFingerprint,
} from './fingerprint/fingerprint.js';
import type { Known } from './fingerprint/walk.js';
import { type InspectOptions, inspect } from './inspect.js';
import type { GuardSettings } from './model/settings.js';
import type { Clearance, GuardState, Verdict } from './model/types.js';

interface Basis {
  readonly settings: GuardSettings;
  readonly print: Fingerprint;
}

/** Settings and fingerprint of each clearance. An object that isn't in it is no clearance. */
const bases = new WeakMap<Clearance, Basis>();

/**
 * Evidence that took longer than `freshMs` to collect is too old. `looks`: how often it is tried.
 */
const FRESH = { freshMs: 1000, looks: 5 };

/** The tree under watch: what is decided before `clear` is decided within the quiet window. */
export interface Watch {
  /** The tree is just as it was at `earlier`: there is nothing to look at again. */
  readonly isSame: boolean;
  /**
   * Waits until the quiet window is over and looks again.
   * @throws RegsweepError `guard-refused` with all that speaks against and its remedies, or
   *   `interrupted` on the signal
   */
  clear(): Promise<Clearance>;
}

/**
 * Takes the first look of a clearance. The fresh scan, mark and plan come between it and `clear`.
 * @param earlier a fingerprint that was taken while the registry was still running. If a
 *   fingerprint now, at least the quiet window later, is the same, it replaces the first of the two:
 *   no process wrote between the moment before the stop and now.
 * @throws RegsweepError as `clear` does
 */
export async function watchTree(
  tree: StorageTree,
  settings: GuardSettings,
  signal?: AbortSignal,
  earlier?: Fingerprint,
): Promise<Watch> {
  const look: Look = (known, from) => takeFingerprint(tree, settings, signal, known, from);
  const first = await inspectOrRefuse(tree, settings, { writeNonce: true });
  const before = await look(earlier?.known, earlier);
  const isSame = earlier !== undefined && isUnchangedSince(earlier, before);
  const clear = async (): Promise<Clearance> => {
    throwIfAborted(signal);
    const after = isSame ? before : await look(before.known, before);
    const again = { outside: after.outside, askEngines: false, ...nonceResults(first) };
    const { verdict } = await inspectFresh(tree, settings, again);
    if (verdict.state === 'refused') throw refusal(tree, verdict);
    requireSame(before, after, ignoresUploads(first) || ignoresUploads(verdict));
    throwIfAborted(signal);
    return makeClearance(tree, settings, verdict, after);
  };
  return { isSame, clear };
}

/** Results of the nonce, which only the first inspection writes. */
const nonceResults = ({ addresses, copies }: Verdict): InspectOptions => ({
  ...(addresses === undefined ? {} : { addresses }),
  ...(copies === undefined ? {} : { copies }),
});

type Look = (known: Known | undefined, from: Fingerprint | undefined) => Promise<Fingerprint>;

/**
 * @param from each folder is read no sooner than the quiet window after this fingerprint read it
 */
function takeFingerprint(
  tree: StorageTree,
  { concurrency, quietWindowMs }: GuardSettings,
  signal: AbortSignal | undefined,
  known: Known | undefined,
  from: Fingerprint | undefined,
): Promise<Fingerprint> {
  return fingerprint(tree, concurrency, {
    known,
    ...(signal === undefined ? {} : { signal }),
    ...(from === undefined
      ? {}
      : {
          sinceMs: from.startedAtMs - CLOCK_SLACK_MS,
          pace: { from: from.visited, ms: quietWindowMs },
        }),
  });
}

/**
 * Whether the tree is the same as at `earlier`. Files that changed just before `earlier` may have
 * changed once more within the same clock tick, so with any of them the answer is no.
 */
const isUnchangedSince = (earlier: Fingerprint, now: Fingerprint): boolean =>
  earlier.recent.length === 0 && sameFingerprint(earlier, now, false);

/** Uploads belong to running registries, here or on other hosts, which may still change them. */
const ignoresUploads = (verdict: Verdict): boolean =>
  verdict.registries.length > 0 || verdict.state === 'read-only-remote';

async function inspectOrRefuse(
  tree: StorageTree,
  settings: GuardSettings,
  options: InspectOptions,
): Promise<Verdict> {
  const verdict = await inspect(tree, settings, options);
  if (verdict.state === 'refused') throw refusal(tree, verdict);
  return verdict;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new RegsweepError('interrupted', 'interrupted before anything was changed');
  }
}

function makeClearance(
  tree: StorageTree,
  settings: GuardSettings,
  verdict: Verdict,
  print: Fingerprint,
): Clearance {
  const state = verdict.state as Exclude<GuardState, 'refused'>;
  const clearance = {
    tree,
    state,
    verdict,
    uploadsMovable: !ignoresUploads(verdict),
    renew: () => renew(tree, settings, verdict, print),
  } as unknown as Clearance;
  bases.set(clearance, { settings, print });
  return clearance;
}

/** Any change of the state ends the clearance, since the state decides which files may be moved. */
async function renew(
  tree: StorageTree,
  settings: GuardSettings,
  cleared: Verdict,
  print: Fingerprint,
): Promise<number> {
  const { verdict: now, heldAt } = await inspectFresh(tree, settings, {
    outside: print.outside,
    askEngines: false,
    ...nonceResults(cleared),
  });
  if (now.state === 'refused') throw refusal(tree, now, ', midway');
  const known = new Set(cleared.registries.map(identity));
  const joined = now.registries.filter((registry) => !known.has(identity(registry)));
  if (now.state !== cleared.state || joined.length > 0) {
    const who = joined.map((registry) => `, registry process ${registry.pid} has started`).join('');
    throw new RegsweepError(
      'guard-refused',
      `the tree was ${cleared.state} and is now ${now.state}${who}`,
      { path: tree.rootDirectory, remedy: 'leave the registry as it is until regsweep has ended' },
    );
  }
  return heldAt;
}

/**
 * Inspects until one inspection is fast enough for its evidence to be recent.
 * @returns the verdict, and in ms since the epoch when its inspection began: it is valid up to then
 * @throws RegsweepError `guard-refused` if no inspection is fast enough
 */
export async function inspectFresh(
  tree: StorageTree,
  settings: GuardSettings,
  options: InspectOptions,
  { freshMs, looks } = FRESH,
): Promise<{ verdict: Verdict; heldAt: number }> {
  for (let look = 1; ; look++) {
    const began = performance.now();
    const heldAt = Date.now();
    const verdict = await inspect(tree, settings, options);
    const took = Math.round(performance.now() - began);
    if (took <= freshMs || verdict.state === 'refused') return { verdict, heldAt };
    if (look < looks) continue;
    throw new RegsweepError(
      'guard-refused',
      `collecting the evidence took ${took} ms, so it is too old to rely on`,
      {
        path: tree.rootDirectory,
        remedy: 'run it again when this machine is less busy, or the registries answer faster',
      },
    );
  }
}

/** Only the pid: start times are computed from the wall clock, which may be corrected meanwhile. */
const identity = (registry: Verdict['registries'][number]): string => String(registry.pid);

/**
 * Checks after a run that the tree has the same files as before, except those that were moved.
 * @param moved identities, from before the move, of every file that was moved
 * @param aside current identities of those that were moved within the tree
 * @throws RegsweepError `guard-refused` if something else changed the tree meanwhile
 * @throws Error if this module didn't make the clearance
 */
export async function assertUnchangedSince(
  clearance: Clearance,
  moved: Iterable<EntryIdentity>,
  aside: Iterable<EntryIdentity> = [],
): Promise<void> {
  const basis = bases.get(clearance);
  if (basis === undefined) throw new Error('not a clearance of this guard');
  const ignoreUploads = !clearance.uploadsMovable;
  const expected = fileSums(basis.print, ignoreUploads);
  for (const file of moved) addLanes(expected, entryHash(file), -1);
  for (const file of aside) addLanes(expected, entryHash(file), 1);
  const { startedAtMs: sinceMs, known } = basis.print;
  const { concurrency } = basis.settings;
  const after = await fingerprint(clearance.tree, concurrency, { sinceMs, known });
  const found = fileSums(after, ignoreUploads);
  if (found.every((lane, i) => lane === expected[i])) return;
  throw new RegsweepError(
    'guard-refused',
    'files changed during the run that regsweep didn’t move',
    {
      path: clearance.tree.v2,
      remedy: 'find the process that writes there, then run:\nregsweep check',
    },
  );
}
