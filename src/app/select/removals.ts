/**
 * Decisions before the mark: the removals of the policy, of `--orphan-signatures` and of the user.
 */

import { creationTimes } from '../../facts/creation-times.js';
import { type Facts, nodeOf } from '../../facts/types.js';
import { mark } from '../../graph/mark/mark.js';
import { type Confinement, type Marks, NO_REMOVALS, type Removals } from '../../graph/types.js';
import { isGarbage } from '../../plan/actions/removal-rules.js';
import {
  anyOf,
  decideAll,
  EQUAL_TIMES,
  goesByPushTimes,
  mostTimesEqual,
  type Named,
  type NamedRemovals,
  namedRemovals,
  needsCreationTimes,
  needsPulls,
  orphanRemovals,
  type RepositoryDecisions,
  removalsFrom,
} from '../../policy/index.js';
import type { Digest } from '../../storage/digest.js';
import { DiskReader } from '../../storage/disk-reader.js';
import { repositoryPath } from '../../storage/layout.js';
import { printable } from '../../storage/names.js';
import { RegsweepError } from '../../util/errors.js';
import { repositoryMatcher } from '../../util/pattern/glob-list.js';
import { keptIn } from './keep-list.js';
import { knownPulls } from './known-pulls.js';
import { policyOf } from './policy-source.js';
import { markOptions, type Selection } from './selection.js';
import { resolvable, resolveOrThrow } from './targets.js';

export interface Decisions {
  readonly removals: Removals;
  readonly confined?: Confinement;
  /** The policy's decision for each manifest. */
  readonly policy?: readonly RepositoryDecisions[];
  readonly named?: NamedRemovals;
  /** The mark without these removals, if the run is limited to what they release. */
  readonly before?: Marks;
}

export const NO_DECISIONS: Decisions = { removals: NO_REMOVALS };

/** Evidence about subjects of signatures outside the tree. */
export interface OrphanEvidence {
  /** Digests that may be restored from quarantine. */
  readonly claimed?: (digest: Digest) => boolean;
  /** Images that earlier runs removed, by repository. */
  readonly remembered?: ReadonlyMap<string, ReadonlySet<Digest>>;
}

/**
 * @param evidence for `--orphan-signatures`
 * @throws RegsweepError `usage` if a target doesn't exist, `facts-refused` if it can't be removed
 */
export function decideRemovals(
  facts: Facts,
  selection: Selection,
  evidence: OrphanEvidence = {},
): Decisions {
  if (selection.targets.length > 0) return decideNamed(facts, selection);
  const policy = selection.policy === undefined ? undefined : decidePolicy(facts, selection);
  const all: Removals[] = policy === undefined ? [] : [removalsFrom(policy)];
  if (selection.orphanSignatures) all.push(orphansNow(facts, selection, evidence, anyOf(all)));
  if (all.length === 0) return NO_DECISIONS;
  return { removals: anyOf(all), ...(policy === undefined ? {} : { policy }) };
}

export const nowOf = (facts: Facts): number => Math.floor(facts.scannedAtMs / 1000);

/** @param removals other removals: a subject that is removed by them leaves orphans, too */
export function orphansNow(
  facts: Facts,
  selection: Selection,
  { claimed = () => false, remembered = new Map() }: OrphanEvidence,
  removals: Removals = NO_REMOVALS,
): Removals {
  const now = nowOf(facts);
  const marks = mark(facts, { ...markOptions(facts, selection, now), removals });
  const isGone = (digest: Digest): boolean => {
    const node = nodeOf(facts, digest);
    const absent = node === undefined || node >= facts.blobs.count;
    const goes = (): boolean => selection.kinds.includes('blob') && isGarbage(facts, marks, node!);
    return (absent || goes()) && !claimed(digest);
  };
  const inScope = repositoryMatcher(selection.repo, selection.exclude);
  return orphanRemovals(facts, {
    now,
    minAge: selection.minAge,
    inScope,
    isGone,
    isRemovedNow: (index, position) => marks.repositories[index]!.removedRevisions.has(position),
    removedEarlier: remembered,
  });
}

/** Only items that the removal itself releases are removed. */
function decideNamed(facts: Facts, selection: Selection): Decisions {
  return decideTargets(
    facts,
    selection,
    resolveOrThrow(facts, selection.targets, repositoryMatcher(selection.repo, selection.exclude)),
  );
}

/** Targets of a plan file may have been removed since. The rest of the plan still applies. */
export function decideNamedBefore(facts: Facts, selection: Selection): Decisions {
  const inScope = repositoryMatcher(selection.repo, selection.exclude);
  const left = resolvable(facts, selection.targets, inScope);
  if (left.length > 0) return decideNamed(facts, { ...selection, targets: left });
  throw new RegsweepError('plan-refused', 'none of the plan’s targets is in the tree any more', {
    remedy: 'make a new plan: regsweep plan -o FILE, or regsweep browse',
  });
}

function decideTargets(facts: Facts, selection: Selection, target: Named): Decisions {
  const now = nowOf(facts);
  const running = keptIn(facts, selection).digests;
  const named = namedRemovals(facts, target, { now, minAge: selection.minAge, running });
  refuseObstacles(named);
  const before = mark(facts, markOptions(facts, selection, now));
  const confined = { blobs: before.reached, repositories: named.touched };
  return { removals: named.removals, confined, named, before };
}

/** If one target can't be removed as named, nothing is removed. */
function refuseObstacles({ obstacles }: NamedRemovals): void {
  if (obstacles.length === 0) return;
  const code = obstacles.some(({ kind }) => kind === 'facts') ? 'facts-refused' : 'usage';
  const lines = obstacles.map(({ reference, why }) => printable(`${reference}: ${why}`));
  const remedies = [
    ...new Set(obstacles.flatMap(({ remedy }) => remedy.split('\n').map(printable))),
  ];
  throw new RegsweepError(code, `${lines.join('\n')}\nnothing was removed`, {
    remedy: remedies.join('\n  → '),
  });
}

/** The policy's decisions for a run that removes only what they release. */
export function confinedTo({ reached }: Marks, decisions: Decisions): Decisions {
  const expiring = (decisions.policy ?? []).filter((one) =>
    one.decisions.some(({ action }) => action === 'expire'),
  );
  const repositories = new Set(expiring.map(({ repository }) => repository));
  return { ...decisions, confined: { blobs: reached, repositories } };
}

/** The same decisions for a second scan, in which blobs have other numbers. */
export function forSecondLook({ removals, confined }: Decisions): Decisions {
  if (confined === undefined) return { removals };
  return { removals, confined: { repositories: confined.repositories } };
}

function decidePolicy(facts: Facts, selection: Selection): readonly RepositoryDecisions[] {
  const policy = policyOf(selection.policy!);
  const timesMatter = !selection.trustMtimes && goesByPushTimes(policy);
  if (timesMatter && mostTimesEqual(facts)) {
    facts.findings.add({ code: 'equal-mtimes', path: 'repositories' });
  }
  const reader = new DiskReader(facts.tree.v2);
  const decided = [
    ...decideAll(policy, facts, nowOf(facts), {
      minAge: selection.minAge,
      keepDigests: [...keptIn(facts, selection).digests],
      allowEmpty: selection.allowEmpty,
      trustMtimes: selection.trustMtimes,
      inScope: repositoryMatcher(selection.repo, selection.exclude),
      ...(needsCreationTimes(policy) ? { creationTimes: creationTimes(facts, reader) } : {}),
      ...(needsPulls(policy) ? knownPulls(facts, policy, selection) : {}),
    }),
  ];
  for (const { repository, decisions } of decided) {
    if (!decisions.some(({ reason }) => reason === EQUAL_TIMES)) continue;
    facts.findings.add({ code: 'equal-mtimes', path: repositoryPath(repository), repository });
  }
  return decided;
}
