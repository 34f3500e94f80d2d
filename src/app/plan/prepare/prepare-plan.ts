/** From a new scan of the tree to a checked plan. */

import type { Pool } from '../../../facts/pool/pool.js';
import { openScan } from '../../../facts/read.js';
import type { Facts, Node } from '../../../facts/types.js';
import type { UnlinkedManifests } from '../../../facts/unlinked-manifests.js';
import { ACTION_KINDS } from '../../../graph/action-kinds.js';
import type { Marks } from '../../../graph/types.js';
import { unmountedPaths } from '../../../guard/index.js';
import type { Actions } from '../../../plan/actions/plan-actions.js';
import { NO_UNLINKED } from '../../../plan/actions/referring-first.js';
import { isGarbage } from '../../../plan/actions/removal-rules.js';
import { hasNoImages, type Limits, refusalError, refusals } from '../../../plan/check.js';
import { planId } from '../../../plan/file/codec.js';
import { fingerprintOf } from '../../../plan/file/facts-hash.js';
import { measured, type SeenBlobs } from '../../../plan/measure.js';
import type { Action, PlanHeader, PlannedItem, PlanTotals } from '../../../plan/types.js';
import { overLimit } from '../../../policy/index.js';
import { DiskReader } from '../../../storage/disk-reader.js';
import type { StorageTree } from '../../../storage/port.js';
import type { SweepState } from '../../../sweep/index.js';
import { RegsweepError } from '../../../util/errors.js';
import { sha256 } from '../../../util/sha256.js';
import { backupNote } from '../../backup/backup.js';
import type { Context } from '../../context.js';
import { lastRecord } from '../../records/last-size.js';
import { removedSubjects } from '../../records/removed-subjects.js';
import { type Claimed, claimedByTrash } from '../../references/claimed-digests.js';
import { markWithout } from '../../scan/mark-with-pins.js';
import { readNow, readOptions } from '../../scan/scan.js';
import { noteTagless } from '../../scan/tagless-findings.js';
import { refuseForeign } from '../../select/metadata-owner.js';
import { policyOf } from '../../select/policy-source.js';
import {
  type Decisions,
  decideNamedBefore,
  decideRemovals,
  forSecondLook,
} from '../../select/removals.js';
import type { Selection } from '../../select/selection.js';
import { sameFilesystem } from '../file/plan-file.js';
import { NOTHING_STALE, staleIn } from '../file/stale-actions.js';
import { runningNotes } from '../kept-notes.js';
import { refuseNothing } from '../removal-impact.js';
import { FixedItems } from './immutable-items.js';
import { whatStays } from './kept-for-quarantine.js';
import { planMovable, withSizes } from './movable-plan.js';
import type { PlanRequest, Prepared } from './prepared.js';
import { caught } from './preview-refusals.js';

/** File times lag behind the clock by up to one tick. */
const TICK_MS = 10;

/**
 * @throws RegsweepError `facts-refused` if the scan or a limit doesn't allow the plan,
 *   `plan-refused` if the file is for another tree
 */
export async function preparePlan(
  context: Context,
  tree: StorageTree,
  state: SweepState,
  request: PlanRequest,
): Promise<Prepared> {
  const scan = request.scan ?? openScan(tree, readOptions(context, request.selection));
  try {
    return await prepareWith(scan, context, tree, state, request);
  } finally {
    if (request.scan === undefined) await scan.close();
  }
}

async function prepareWith(
  scan: Pool,
  context: Context,
  tree: StorageTree,
  state: SweepState,
  request: PlanRequest,
): Promise<Prepared> {
  const { selection, file, source } = request;
  if (file !== undefined) sameFilesystem(file, tree);
  const refused: RegsweepError[] = [];
  /** A preview continues where a run ends with an error. */
  const allow = (work: () => void): void => {
    const error = caught(work);
    if (error === undefined) return;
    if (request.preview !== true) throw error;
    refused.push(error);
  };
  allow(() => refuseForeign(context, selection));
  const lookedAtMs = context.now() - TICK_MS;
  const facts = await readNow(context, tree, selection, {}, scan);
  let known: Promise<Claimed> | undefined;
  const claims = (): Promise<Claimed> => (known ??= claimedByTrash(context, facts, state));
  const stayed = await whatStays(context, facts, state, request, claims);
  const { stays, notes: notesOfStaying } = stayed;
  const decisions = await decide(facts, state, request, claims);
  const fixed = request.agreed?.fixed ?? new FixedItems(tree.v2);
  const isAsked = request.agreed !== undefined;
  const isPreview = request.preview === true;
  const onMeasured = (done: number): void =>
    context.progress.update({ stage: 'items to remove', done });
  const order = (marks: Marks): Promise<UnlinkedManifests> =>
    orderOf(context, facts, marks, selection, scan);
  const choice = { selection, stays, decisions, fixed, isAsked, isPreview, onMeasured, order };
  const { marks, actions, totals, blobs, bytes } = await planMovable(scan, facts, choice);
  context.progress.stop();
  noteTagless(facts, marks);
  const items = (): Iterable<PlannedItem> =>
    unchangedSince(lookedAtMs, itemsOf(tree, actions, blobs));
  const listed = (): Iterable<Action> => withSizes(actions, bytes);
  const limits = await limitsOf(tree, state, selection, decisions);
  for (const refusal of refusals(facts, marks, totals, limits)) {
    allow(() => {
      throw refusalError(refusal);
    });
  }
  const claimed = request.isSameTrash
    ? (request.agreed?.claimed ?? [])
    : [...notesOfStaying(), ...runningNotes(facts, selection, decisions)];
  if (totals.actions === 0)
    allow(() => refuseNothing({ facts, marks, actions, decisions, fixed, claimed }));
  const header = headerOf(facts, selection, actions);
  const made = { facts, marks, actions, header, totals, decisions, fixed, claimed, refused };
  const stale = source ? await staleIn(source, made, selection.kinds) : NOTHING_STALE;
  const { backup } = context.options;
  const told = backup === undefined ? [] : [backupNote(backup, made)];
  return { ...made, toBackUp: told, stale, items, listed };
}

export async function limitsOf(
  tree: StorageTree,
  state: SweepState,
  { maxDelete, allowShrunk, allowEmptyTree, policy: chosen }: Selection,
  { named, policy }: Decisions,
): Promise<Limits> {
  return {
    maxDelete,
    allowShrunk,
    allowEmptyTree,
    previous: await lastRecord(state),
    unmounted: unmountedPaths(tree),
    policyLimit: policy && overLimit(policyOf(chosen!), policy),
    ...(named === undefined ? {} : { named: named.touched }),
  };
}

/**
 * A plan is executed in its order. So unlinked manifests are removed before the blobs that they
 * refer to, too.
 */
async function orderOf(
  context: Context,
  facts: Facts,
  marks: Marks,
  selection: Selection,
  scan: Pool,
): Promise<UnlinkedManifests> {
  if (!selection.kinds.includes('blob')) return NO_UNLINKED;
  const { readUnlinked } = await import('../../../facts/unlinked-manifests.js');
  const goes = (node: Node): boolean => isGarbage(facts, marks, node);
  return readUnlinked(facts, readOptions(context, selection), goes, scan);
}

async function decide(
  facts: Facts,
  state: SweepState,
  { selection, file }: PlanRequest,
  claims: () => Promise<Claimed>,
): Promise<Decisions> {
  if (file !== undefined && selection.targets.length > 0)
    return decideNamedBefore(facts, selection);
  if (!selection.orphanSignatures) return decideRemovals(facts, selection);
  const claimed = await claims();
  return decideRemovals(facts, selection, { claimed, remembered: removedSubjects(state) });
}

function itemsOf(tree: StorageTree, actions: Actions, blobs?: SeenBlobs): Iterable<PlannedItem> {
  return measured(actions, new DiskReader(tree.v2), actions.dead, blobs);
}

function headerOf(facts: Facts, selection: Selection, actions: Actions): PlanHeader {
  const { tree } = facts;
  const { filesystemId, inode } = tree;
  const storage = { filesystemId, inode, fingerprint: fingerprintOf(facts) };
  const options = { ...selection };
  const id = planId(storage, options, actions, sha256);
  return { schemaVersion: 1, id, root: tree.rootDirectory, storage, options };
}

/**
 * A file that was written or replaced after the scan began is not the file that was marked: the
 * executor skips its item and marks again.
 */
function* unchangedSince(ms: number, items: Iterable<PlannedItem>): Generator<PlannedItem> {
  for (const item of items) {
    const fresh = item.seen.some(({ type, ctimeMs, nlink }) => {
      return type !== 'directory' && nlink <= 1 && ctimeMs > ms;
    });
    if (!fresh) yield item;
    else yield { ...item, changedDuringScan: true };
  }
}

/**
 * After some reference could not be removed: may this action still be done? Everything of the
 * earlier kinds that is still in the tree stays, so it is a root now.
 * @param before the decisions of policy and user (they can't be made again, because half of the
 *   removals are done), and the items that can't be removed
 */
export async function markAgain(
  context: Context,
  tree: StorageTree,
  { selection, file }: PlanRequest,
  before: Pick<Prepared, 'decisions' | 'fixed'>,
): Promise<(action: Action) => boolean> {
  const facts = await readNow(context, tree, selection);
  const decisions = forSecondLook(before.decisions);
  const allowed = new Map<string, Set<string>>();
  return ({ kind, path }) => {
    let paths = allowed.get(kind);
    if (paths === undefined) {
      const past = new Set<string>(ACTION_KINDS.slice(0, ACTION_KINDS.indexOf(kind)));
      const stays = (action: Action): boolean =>
        past.has(action.kind) ||
        before.fixed.has(action.path) ||
        (file !== undefined && !file.has(action));
      const { actions } = markWithout(facts, selection, stays, decisions);
      paths = new Set<string>();
      for (const action of actions) if (action.kind === kind) paths.add(action.path);
      allowed.set(kind, paths);
    }
    return paths.has(path);
  };
}

/** Only allowed with `--allow-empty-tree`. */
export const takesEverything = ({ facts, totals }: Pick<Prepared, 'facts' | 'totals'>): boolean =>
  totals.blobs > 0 && hasNoImages(facts);

/** @throws RegsweepError `plan-refused` if the file lists actions and none of them is left */
export function requireSomethingLeft(
  file: { readonly totals: PlanTotals },
  totals: PlanTotals,
): void {
  if (totals.actions > 0 || file.totals.actions === 0) return;
  const why = 'it is stale, or the other options protect everything in it';
  throw new RegsweepError('plan-refused', `no action of the plan can be done: ${why}`, {
    remedy: 'make a new plan: regsweep plan -o FILE',
  });
}
