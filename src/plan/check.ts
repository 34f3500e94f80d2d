/** Checks that make a plan refuse to exist: when the facts look wrong, nothing goes. */

import { FINDINGS, type Finding } from '../facts/findings.js';
import type { Facts } from '../facts/types.js';
import type { Marks } from '../graph/types.js';
import { markerAt } from '../registry-config/foreign-markers.js';
import { printable } from '../storage/names.js';
import { RegsweepError } from '../util/errors.js';
import { isGarbage } from './actions/removal-rules.js';
import type { Action, PlanTotals } from './types.js';

export interface Limits {
  /** Largest share (0..1) of the blobs, of their bytes, or of one repository's links that may go. */
  readonly maxDelete: number;
  readonly allowShrunk: boolean;
  /** A tree without any manifest, or repository, is meant to be empty. */
  readonly allowEmptyTree?: boolean;
  /** What the last recorded run saw. */
  readonly previous?: { readonly repositories: number; readonly manifests: number } | undefined;
  /** Paths in the tree that fstab or a mount unit names but that aren't mounted. */
  readonly unmounted: readonly string[];
  /** Repositories that the user named one by one (`rm`): no limit on their links. */
  readonly named?: ReadonlySet<string>;
  /** Why the policy's own limit forbids the plan. */
  readonly policyLimit?: string | undefined;
}

/** A tree that lost more than this share since the last run is not to be trusted. */
const SHRUNK = 0.2;

/** What lets a refused plan exist, where somebody knows better. */
export interface Permission {
  readonly option: 'max-delete' | 'allow-shrunk' | 'allow-empty-tree';
  /** Of `max-delete`: the least whole percentage that is enough. */
  readonly percent?: number;
}

export interface Refusal {
  readonly message: string;
  readonly remedy: string;
  readonly path?: string;
  /** Undefined where no option allows it. */
  readonly permission?: Permission;
}

/** @throws RegsweepError `facts-refused` for the first refusal */
export function checkPlan(facts: Facts, marks: Marks, totals: PlanTotals, limits: Limits): void {
  for (const refusal of refusals(facts, marks, totals, limits)) throw refusalError(refusal);
}

/** Everything that makes a plan refuse to exist, the worst first; what it costs only if asked on. */
export function* refusals(
  facts: Facts,
  marks: Marks,
  totals: PlanTotals,
  limits: Limits,
): Generator<Refusal> {
  yield* treeRefusals(facts, limits);
  const isAllowedEmpty = hasNoImages(facts) && limits.allowEmptyTree === true;
  if (!isAllowedEmpty) yield* presenceRefusals(facts, totals);
  if (totals.actions === 0) return;
  if (!isRmdirOnly(totals)) yield* unseenRefusals(facts);
  // Where everything is meant to go, no share of it is too large.
  if (isAllowedEmpty) return;
  yield* shrunkRefusals(facts, limits);
  if (limits.policyLimit !== undefined) {
    const remedy = 'regsweep policy preview shows what would expire';
    yield { message: limits.policyLimit, remedy };
  }
  yield* shareRefusals(facts, marks, totals, limits);
  yield* linkRefusals(facts, marks, limits);
}

export function refusalError({ message, remedy, path }: Refusal): RegsweepError {
  return new RegsweepError('facts-refused', message, {
    remedy,
    ...(path === undefined ? {} : { path }),
  });
}

/** An empty folder goes with rmdir, which can't be wrong. */
const isRmdirOnly = ({ actions, byKind }: PlanTotals): boolean =>
  actions === (byKind['empty-directory'] ?? 0);

function* treeRefusals(facts: Facts, limits: Limits): Generator<Refusal> {
  const { tree, findings } = facts;
  if (tree.viaSymlink) {
    yield {
      message: `${tree.v2} is reached through a symbolic link`,
      remedy: `name the real folder: ${tree.v2}`,
      path: tree.v2,
    };
  }
  const [foreign] = findings.samples('foreign-metadata');
  if (foreign !== undefined) yield foreignRefusal(foreign);
  const [unmounted] = limits.unmounted;
  if (unmounted !== undefined) {
    yield {
      message: `${unmounted} should be mounted and is not: images on it would not be seen`,
      remedy: `mount ${unmounted}`,
      path: unmounted,
    };
  }
}

function foreignRefusal({ path, detail }: Finding): Refusal {
  const { message, remedy } = FINDINGS['foreign-metadata'];
  return {
    message: `${message}: ${detail} (${path})`,
    remedy: markerAt(path)?.remedy(path) ?? remedy,
    path,
  };
}

/**
 * To be asked before anything of a plan is looked at on the disk: what could not be listed once
 * fails there again, and the reason is what matters.
 * @throws RegsweepError `facts-refused`
 */
export function checkView(facts: Facts, actions: Iterable<Action>): void {
  if (facts.findings.unsafe().length === 0) return;
  for (const { kind } of actions) if (kind !== 'empty-directory') refuseUnseen(facts);
}

function refuseUnseen(facts: Facts): void {
  for (const refusal of unseenRefusals(facts)) throw refusalError(refusal);
}

function* unseenRefusals(facts: Facts): Generator<Refusal> {
  const [first, ...others] = facts.findings.unsafe();
  if (first === undefined) return;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  const why = first.detail === undefined ? '' : `: ${first.detail}`;
  yield {
    message: `${printable(first.path)}${why}: ${FINDINGS[first.code].message}${more}`,
    remedy: FINDINGS[first.code].remedy,
    path: first.path,
  };
}

function manifestsOf(facts: Facts): number {
  return facts.repositories.reduce((sum, { revisions }) => sum + revisions.node.length, 0);
}

/** Then everything in the tree is garbage. */
export const hasNoImages = (facts: Facts): boolean => manifestsOf(facts) === 0;

/** An empty tree is more often one that isn't mounted than one that was never pushed to. */
function* presenceRefusals(facts: Facts, totals: PlanTotals): Generator<Refusal> {
  if (!hasNoImages(facts)) return;
  yield* unseenRefusals(facts);
  if (totals.actions > 0 && isRmdirOnly(totals)) return;
  const none = facts.repositories.length === 0 ? 'repository' : 'manifest';
  yield {
    message: `there is not one ${none} in the tree`,
    remedy:
      'check that the whole tree is mounted and that this is the right one; if every image was removed: --allow-empty-tree',
    permission: { option: 'allow-empty-tree' },
  };
}

function* shrunkRefusals(facts: Facts, { previous, allowShrunk }: Limits): Generator<Refusal> {
  if (previous === undefined || allowShrunk) return;
  const now = { repositories: facts.repositories.length, manifests: manifestsOf(facts) };
  for (const what of ['repositories', 'manifests'] as const) {
    if (now[what] >= previous[what] * (1 - SHRUNK)) continue;
    yield {
      message: `there are ${now[what]} ${what}, and there were ${previous[what]} at the last run`,
      remedy: 'check that the whole tree is mounted; --allow-shrunk goes on all the same',
      permission: { option: 'allow-shrunk' },
    };
  }
}

function* shareRefusals(
  facts: Facts,
  marks: Marks,
  totals: PlanTotals,
  { maxDelete }: Limits,
): Generator<Refusal> {
  const { blobs, bytes, goneBytes } = sizes(facts, marks);
  for (const [part, whole, what] of [
    [totals.blobs, blobs, 'blobs'],
    [totals.blobs === 0 ? 0 : goneBytes, bytes, 'bytes'],
  ] as const) {
    if (part > whole * maxDelete) yield tooMuch(part / whole, `all ${what}`, maxDelete);
  }
}

function tooMuch(share: number, what: string, maxDelete: number): Refusal {
  const percent = Math.min(100, Math.ceil(share * 100));
  return {
    message: `${shown(share)} of ${what} would go, more than --max-delete ${shown(maxDelete)}`,
    remedy: `if that is right: --max-delete ${percent}%`,
    permission: { option: 'max-delete', percent },
  };
}

/** Of blobs alone: a plan's totals count uploads too. */
function sizes(
  facts: Facts,
  marks: Marks,
): { readonly blobs: number; readonly bytes: number; readonly goneBytes: number } {
  let bytes = 0;
  let goneBytes = 0;
  let node = 0;
  for (const { size, count } of facts.blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      bytes += size[i]!;
      if (isGarbage(facts, marks, node)) goneBytes += size[i]!;
    }
  }
  return { blobs: node, bytes, goneBytes };
}

/** Links are what keeps images: tags and manifests of one repository. */
function* linkRefusals(
  facts: Facts,
  marks: Marks,
  { maxDelete, named }: Limits,
): Generator<Refusal> {
  for (const [i, { name, tags, revisions }] of facts.repositories.entries()) {
    if (named?.has(name) === true) continue;
    const { removedTags, removedRevisions } = marks.repositories[i]!;
    const part = removedTags.count() + removedRevisions.count();
    const whole = tags.names.length + revisions.node.length;
    if (part <= whole * maxDelete) continue;
    yield tooMuch(part / whole, `the tags and manifests of ${printable(name)}`, maxDelete);
  }
}

function shown(share: number): string {
  return `${Math.round(share * 1000) / 10}%`;
}
