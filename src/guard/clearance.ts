/** Makes the clearance: inspect, fingerprint, work, wait, fingerprint, inspect. */

import type { StorageTree } from '../storage/port.js';
import { RegsweepError } from '../util/errors.js';
import { refusal } from './decide/refusal.js';
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

/** What a clearance was made of; others can't forge an entry. */
const bases = new WeakMap<Clearance, Basis>();

/** Evidence that took longer to collect says nothing of now, however busy the machine is. */
const FRESH = { freshMs: 1000, looks: 5 };

/**
 * @param work the fresh scan, mark and plan, which runs within the quiet window; it hears whether
 *   the tree is just as it was at `earlier`, and then has nothing to look at
 * @param earlier a fingerprint of this tree, from while it was being served, which also tells what
 *   had just changed then. Where a look now, no sooner than the quiet window after it, shows the
 *   same tree, the two are the two that are asked for: nobody wrote from before the stop until now.
 * @throws RegsweepError `guard-refused` with all that speaks against and its remedies, or
 *   `interrupted` on the signal; whatever `work` throws
 */
export async function clear<T>(
  tree: StorageTree,
  settings: GuardSettings,
  work: (isSame: boolean) => Promise<T>,
  signal?: AbortSignal,
  earlier?: Fingerprint,
): Promise<{ clearance: Clearance; value: T }> {
  const look: Look = (known, from) => lookAgain(tree, settings, signal, known, from);
  const first = await inspectOrRefuse(tree, settings, { writeNonce: true });
  const before = await look(earlier?.known, earlier);
  const isSame = earlier !== undefined && isAsItWas(earlier, before);
  const value = await work(isSame);
  throwIfAborted(signal);
  const after = isSame ? before : await look(before.known, before);
  const again = { outside: after.outside, askEngines: false, ...knownFrom(first) };
  const { verdict } = await lookFresh(tree, settings, again);
  if (verdict.state === 'refused') throw refusal(tree, verdict);
  requireSame(before, after, ignoresUploads(first) || ignoresUploads(verdict));
  throwIfAborted(signal);
  return { clearance: makeClearance(tree, settings, verdict, after), value };
}

/** What only the first look finds out. */
const knownFrom = ({ addresses, copies }: Verdict): InspectOptions => ({
  ...(addresses === undefined ? {} : { addresses }),
  ...(copies === undefined ? {} : { copies }),
});

type Look = (known: Known | undefined, from: Fingerprint | undefined) => Promise<Fingerprint>;

/** @param from looks at each part no sooner than the quiet window after this one did */
function lookAgain(
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
          pace: { from: from.looked, ms: quietWindowMs },
        }),
  });
}

/** What had changed shortly before the first of them could have changed again unseen. */
const isAsItWas = (earlier: Fingerprint, now: Fingerprint): boolean =>
  earlier.recent.length === 0 && sameFingerprint(earlier, now, false);

/** Uploads belong to a registry that lives, and to registries elsewhere. */
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

/** Another state than the one that was cleared is a loss too: what may be moved depends on it. */
async function renew(
  tree: StorageTree,
  settings: GuardSettings,
  cleared: Verdict,
  print: Fingerprint,
): Promise<number> {
  const { verdict: now, heldAt } = await lookFresh(tree, settings, {
    outside: print.outside,
    askEngines: false,
    ...knownFrom(cleared),
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
 * A look that is not too old by the time it is over; what it found held at its begin.
 * @throws RegsweepError `guard-refused` where no look is fast enough
 */
export async function lookFresh(
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
      `the evidence takes ${took} ms to collect: it is too old`,
      {
        path: tree.rootDirectory,
        remedy: 'wait until this machine is less busy, or the registries answer faster',
      },
    );
  }
}

/** Start times are computed from a clock that may be corrected meanwhile: the pid is enough here. */
const identity = (registry: Verdict['registries'][number]): string => String(registry.pid);

/** True for a clearance that this module made. */
export const isClearance = (value: Clearance): boolean => bases.has(value);

/**
 * After a run: the files that are left are the files that were there, less those that were moved.
 * @param moved identities, as they were before, of every file that was moved out of the tree
 * @throws RegsweepError `guard-refused` when something else changed the tree meanwhile
 */
export async function assertUnchangedSince(
  clearance: Clearance,
  moved: Iterable<EntryIdentity>,
): Promise<void> {
  const basis = bases.get(clearance);
  if (basis === undefined) throw new Error('not a clearance of this guard');
  const ignoreUploads = !clearance.uploadsMovable;
  const expected = fileSums(basis.print, ignoreUploads);
  for (const file of moved) addLanes(expected, entryHash(file), -1);
  const { startedAtMs: sinceMs, known } = basis.print;
  const { concurrency } = basis.settings;
  const after = await fingerprint(clearance.tree, concurrency, { sinceMs, known });
  const found = fileSums(after, ignoreUploads);
  if (found.every((lane, i) => lane === expected[i])) return;
  throw new RegsweepError('guard-refused', 'files changed during the run that it didn’t move', {
    path: clearance.tree.v2,
    remedy: 'find what writes there, then run: regsweep check',
  });
}
