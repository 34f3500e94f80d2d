/** Checks that refuse a plan if the scan looks wrong or a limit is exceeded. */

import { FINDINGS, type Finding } from '../facts/findings.js';
import type { Facts } from '../facts/types.js';
import type { Marks } from '../graph/types.js';
import { markerAt } from '../registry-config/foreign-markers.js';
import { printable } from '../storage/names.js';
import { RegsweepError } from '../util/errors.js';
import { isGarbage } from './actions/removal-rules.js';
import type { Action, PlanTotals } from './types.js';

export interface Limits {
  /**
   * Largest share (0..1) of the blobs, their bytes, or one repository's links that may be removed.
   */
  readonly maxDelete: number;
  readonly allowShrunk: boolean;
  /** Allows a tree without any manifest or repository. */
  readonly allowEmptyTree?: boolean;
  /** Numbers from the last recorded run. */
  readonly previous?: { readonly repositories: number; readonly manifests: number } | undefined;
  /** Paths in the tree that fstab or a mount unit names and that aren't mounted. */
  readonly unmounted: readonly string[];
  /** Repositories that the user named (`rm`). Their links have no limit. */
  readonly named?: ReadonlySet<string>;
  /** Message if the plan exceeds the policy's own limit. */
  readonly policyLimit?: string | undefined;
}

/**
 * Refuses a tree that lost more than this share of its repositories or manifests since the last
 * run.
 */
const SHRUNK = 0.2;

/** The option with which the user allows a refused plan. */
export interface Permission {
  readonly option: 'max-delete' | 'allow-shrunk' | 'allow-empty-tree';
  /** For `max-delete`: the smallest whole percentage that is enough. */
  readonly percent?: number;
}

export interface Refusal {
  readonly message: string;
  readonly remedy: string;
  readonly path?: string;
  /** Undefined if no option allows the plan. */
  readonly permission?: Permission;
}

/**
 * Generates all refusals of a plan, the most severe first. Later checks run only if they are read.
 */
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
  // Without any image everything may be removed, so no share is too large.
  if (isAllowedEmpty) return;
  yield* shrunkRefusals(facts, limits);
  if (limits.policyLimit !== undefined) {
    const remedy = 'to see what would expire: regsweep policy preview';
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

/** rmdir removes only empty folders, so it can't remove content by mistake. */
const isRmdirOnly = ({ actions, byKind }: PlanTotals): boolean =>
  actions === (byKind['empty-directory'] ?? 0);

function* treeRefusals(facts: Facts, limits: Limits): Generator<Refusal> {
  const { tree, findings } = facts;
  if (tree.viaSymlink) {
    yield {
      message: `${tree.v2} is reached through a symbolic link`,
      remedy: `give the real folder: ${tree.v2}`,
      path: tree.v2,
    };
  }
  const [foreign] = findings.samples('foreign-metadata');
  if (foreign !== undefined) yield foreignRefusal(foreign);
  const [unmounted] = limits.unmounted;
  if (unmounted !== undefined) {
    yield {
      message: `${unmounted} is configured as a mount but not mounted, so images on it are not seen`,
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
 * Refuses a plan if a folder could not be listed. Call it before the plan's files are read from the
 * disk: reading them would fail with a less helpful error.
 * @throws RegsweepError `facts-refused`
 */
export function checkView(facts: Facts, actions: Iterable<Action>): void {
  if (facts.findings.unsafe().length === 0) return;
  for (const { kind } of actions) if (kind !== 'empty-directory') requireComplete(facts);
}

function requireComplete(facts: Facts): void {
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

/** Whether no repository has a manifest, so that everything in the tree is garbage. */
export const hasNoImages = (facts: Facts): boolean => manifestsOf(facts) === 0;

/** Refuses a tree without images: it is more often not mounted than really empty. */
function* presenceRefusals(facts: Facts, totals: PlanTotals): Generator<Refusal> {
  if (!hasNoImages(facts)) return;
  yield* unseenRefusals(facts);
  if (totals.actions > 0 && isRmdirOnly(totals)) return;
  const none = facts.repositories.length === 0 ? 'repository' : 'manifest';
  yield {
    message: `the tree has no ${none}, so it may be the wrong one or not mounted`,
    remedy:
      'check that the tree is mounted and the right one; if all images were removed: --allow-empty-tree',
    permission: { option: 'allow-empty-tree' },
  };
}

function* shrunkRefusals(facts: Facts, { previous, allowShrunk }: Limits): Generator<Refusal> {
  if (previous === undefined || allowShrunk) return;
  const now = { repositories: facts.repositories.length, manifests: manifestsOf(facts) };
  for (const what of ['repositories', 'manifests'] as const) {
    if (now[what] >= previous[what] * (1 - SHRUNK)) continue;
    yield {
      message:
        `the tree has ${now[what]} ${what} and had ${previous[what]} at the last run, ` +
        'so a part of it may be missing',
      remedy: 'check that the whole tree is mounted; if the change is intended: --allow-shrunk',
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
  const { blobs, bytes, garbageBytes } = sizes(facts, marks);
  for (const [part, total, what] of [
    [totals.blobs, blobs, 'blobs'],
    [totals.blobs === 0 ? 0 : garbageBytes, bytes, 'bytes'],
  ] as const) {
    if (part > total * maxDelete) yield tooMuch(part / total, `all ${what}`, maxDelete);
  }
}

function tooMuch(share: number, what: string, maxDelete: number): Refusal {
  const percent = Math.min(100, Math.ceil(share * 100));
  return {
    message: `${shown(share)} of ${what} would be removed, more than --max-delete ${shown(maxDelete)}`,
    remedy: `if that is intended: --max-delete ${percent}%`,
    permission: { option: 'max-delete', percent },
  };
}

/** Sizes of the blobs only, since a plan's totals include uploads. */
function sizes(
  facts: Facts,
  marks: Marks,
): { readonly blobs: number; readonly bytes: number; readonly garbageBytes: number } {
  let bytes = 0;
  let garbageBytes = 0;
  let node = 0;
  for (const { size, count } of facts.blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      bytes += size[i]!;
      if (isGarbage(facts, marks, node)) garbageBytes += size[i]!;
    }
  }
  return { blobs: node, bytes, garbageBytes };
}

/** Checks each repository's tags and manifests, since these links keep its images. */
function* linkRefusals(
  facts: Facts,
  marks: Marks,
  { maxDelete, named }: Limits,
): Generator<Refusal> {
  for (const [i, { name, tags, revisions }] of facts.repositories.entries()) {
    if (named?.has(name) === true) continue;
    const { removedTags, removedRevisions } = marks.repositories[i]!;
    const part = removedTags.count() + removedRevisions.count();
    const total = tags.names.length + revisions.node.length;
    if (part <= total * maxDelete) continue;
    yield tooMuch(part / total, `the tags and manifests of ${printable(name)}`, maxDelete);
  }
}

function shown(share: number): string {
  return `${Math.round(share * 1000) / 10}%`;
}
