/** What a run decides before the mark: what policy, orphans' rule and the person's word take out. */

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
  /** What the policy says of each manifest. */
  readonly policy?: readonly RepositoryDecisions[];
  readonly named?: NamedRemovals;
  /** The mark without all this, where the run is confined to what it releases. */
  readonly before?: Marks;
}

export const NO_DECISIONS: Decisions = { removals: NO_REMOVALS };

/** What tells of subjects beside the tree. */
export interface OrphanEvidence {
  /** Digests that may come back from quarantine. */
  readonly claimed?: (digest: Digest) => boolean;
  /** What earlier runs took away, by repository. */
  readonly remembered?: ReadonlyMap<string, ReadonlySet<Digest>>;
}

/**
 * @param evidence for `--orphan-signatures`
 * @throws RegsweepError `usage` where something named isn't there, `facts-refused` where it can't go
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

/** @param removals what goes besides: a subject that goes with it leaves orphans too */
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

/** Only what the removal itself releases goes. */
function decideNamed(facts: Facts, selection: Selection): Decisions {
  return decideTargets(
    facts,
    selection,
    resolveOrThrow(facts, selection.targets, repositoryMatcher(selection.repo, selection.exclude)),
  );
}

/** Of what a plan file names, some may be gone since: the rest of the plan still stands. */
export function decideNamedBefore(facts: Facts, selection: Selection): Decisions {
  const inScope = repositoryMatcher(selection.repo, selection.exclude);
  const left = resolvable(facts, selection.targets, inScope);
  if (left.length > 0) return decideNamed(facts, { ...selection, targets: left });
  throw new RegsweepError('plan-refused', 'nothing that the plan names is in the tree any more', {
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

/** One that can't go as it was named: then nothing else goes either. */
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

/** The policy's decisions as a run that takes only what they release. */
export function confinedTo({ reached }: Marks, decisions: Decisions): Decisions {
  const expiring = (decisions.policy ?? []).filter((one) =>
    one.decisions.some(({ action }) => action === 'expire'),
  );
  const repositories = new Set(expiring.map(({ repository }) => repository));
  return { ...decisions, confined: { blobs: reached, repositories } };
}

/** What was decided holds for a second look too, of which the blobs have other numbers. */
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
