/** Checks that make a plan refuse to exist: when the facts look wrong, nothing goes. */

import { FINDINGS } from '../facts/findings.js';
import type { Facts } from '../facts/types.js';
import type { Marks } from '../graph/types.js';
import { printable } from '../storage/names.js';
import { RegsweepError } from '../util/errors.js';
import { isGarbage } from './rules.js';
import type { Action, PlanTotals } from './types.js';

export interface Limits {
  /** Largest share (0..1) of the blobs, of their bytes, or of one repository's links that may go. */
  readonly maxDelete: number;
  readonly allowShrunk: boolean;
  /** What the last recorded run saw. */
  readonly previous?: { readonly repositories: number; readonly manifests: number } | undefined;
  /** Paths in the tree that fstab or a mount unit names but that aren't mounted. */
  readonly unmounted: readonly string[];
  /** Repositories that the user named one by one (`rm`): no limit on their links. */
  readonly named?: ReadonlySet<string>;
}

/** A tree that lost more than this share since the last run is not to be trusted. */
const SHRUNK = 0.2;

/** @throws RegsweepError `facts-refused` */
export function checkPlan(facts: Facts, marks: Marks, totals: PlanTotals, limits: Limits): void {
  checkTree(facts, limits);
  checkPresence(facts);
  if (totals.actions === 0) return;
  checkUnsafe(facts, totals);
  checkShrunk(facts, limits);
  checkShare(facts, marks, totals, limits);
  checkLinks(facts, marks, limits);
}

function refuse(message: string, remedy: string, path?: string): never {
  throw new RegsweepError(
    'facts-refused',
    message,
    path === undefined ? { remedy } : { path, remedy },
  );
}

function checkTree(facts: Facts, limits: Limits): void {
  const { tree, findings } = facts;
  if (tree.viaSymlink) {
    refuse(
      `${tree.v2} is reached through a symbolic link`,
      `name the real folder: ${tree.v2}`,
      tree.v2,
    );
  }
  const [foreign] = findings.samples('foreign-metadata');
  if (foreign !== undefined) {
    const { message, remedy } = FINDINGS['foreign-metadata'];
    refuse(`${message}: ${foreign.detail} (${foreign.path})`, remedy, foreign.path);
  }
  const [unmounted] = limits.unmounted;
  if (unmounted !== undefined) {
    refuse(
      `${unmounted} should be mounted and is not: images on it would not be seen`,
      `mount ${unmounted}`,
      unmounted,
    );
  }
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

/** Empty folders go with rmdir, which can't be wrong; all else needs a whole view. */
function checkUnsafe(facts: Facts, totals: PlanTotals): void {
  if (totals.actions > (totals.byKind['empty-directory'] ?? 0)) refuseUnseen(facts);
}

function refuseUnseen(facts: Facts): void {
  const [first, ...others] = facts.findings.unsafe();
  if (first === undefined) return;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  const why = first.detail === undefined ? '' : `: ${first.detail}`;
  refuse(
    `${printable(first.path)}${why}: ${FINDINGS[first.code].message}${more}`,
    FINDINGS[first.code].remedy,
    first.path,
  );
}

function manifestsOf(facts: Facts): number {
  return facts.repositories.reduce((sum, { revisions }) => sum + revisions.node.length, 0);
}

/** An empty tree is more often one that isn't mounted than one that was never pushed to. */
function checkPresence(facts: Facts): void {
  if (facts.repositories.length > 0 && manifestsOf(facts) > 0) return;
  refuseUnseen(facts);
  const remedy = 'check that the whole tree is mounted and that this is the right one';
  if (facts.repositories.length === 0) refuse('there is not one repository in the tree', remedy);
  if (manifestsOf(facts) === 0) refuse('there is not one manifest in the tree', remedy);
}

function checkShrunk(facts: Facts, { previous, allowShrunk }: Limits): void {
  if (previous === undefined || allowShrunk) return;
  const now = { repositories: facts.repositories.length, manifests: manifestsOf(facts) };
  for (const what of ['repositories', 'manifests'] as const) {
    if (now[what] >= previous[what] * (1 - SHRUNK)) continue;
    refuse(
      `there are ${now[what]} ${what}, and there were ${previous[what]} at the last run`,
      'check that the whole tree is mounted; --allow-shrunk goes on all the same',
    );
  }
}

function checkShare(facts: Facts, marks: Marks, totals: PlanTotals, { maxDelete }: Limits): void {
  const { blobs, bytes, goneBytes } = sizes(facts, marks);
  for (const [part, whole, what] of [
    [totals.blobs, blobs, 'blobs'],
    [totals.blobs === 0 ? 0 : goneBytes, bytes, 'bytes'],
  ] as const) {
    if (part <= whole * maxDelete) continue;
    refuse(
      `${percent(part / whole)} of all ${what} would go, more than --max-delete ${percent(maxDelete)}`,
      `if that is right: --max-delete ${percent(Math.min(1, Math.ceil((part / whole) * 100) / 100))}`,
    );
  }
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
function checkLinks(facts: Facts, marks: Marks, { maxDelete, named }: Limits): void {
  facts.repositories.forEach(({ name, tags, revisions }, i) => {
    if (named?.has(name) === true) return;
    const { removedTags, removedRevisions } = marks.repositories[i]!;
    const part = removedTags.count() + removedRevisions.count();
    const whole = tags.names.length + revisions.node.length;
    if (part <= whole * maxDelete) return;
    refuse(
      `${percent(part / whole)} of the tags and manifests of ${printable(name)} would go, more than --max-delete ${percent(maxDelete)}`,
      'if that is right: --max-delete 100%',
    );
  });
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10}%`;
}
