/**
 * Actions that are left out although the mark allows them: not in the plan file, or needed by the
 * quarantine.
 */
import { type Facts, nodeOf } from '../../../facts/types.js';
import type { Action } from '../../../plan/types.js';
import type { Digest } from '../../../storage/digest.js';
import type { SweepState, TrashRun } from '../../../sweep/index.js';
import type { Context } from '../../context.js';
import type { Claimed } from '../../references/claimed-digests.js';
import { type NeededAction, neededByImages } from '../../references/required-by-images.js';
import type { PlanRequest } from './prepared.js';

export interface Staying {
  /** Undefined: no action stays. */
  readonly stays: ((action: Action) => boolean) | undefined;
  /** Lines for people, complete after the plan was made. */
  notes(): string[];
}

/**
 * Actions that the file doesn't list are left out. So is a layer link to a blob that is not in the
 * tree while the quarantine contains or needs that blob. If items are deleted, everything that
 * quarantined images need is left out. A plan that was agreed to before already excludes all of
 * these.
 * @param claims reads tree and quarantine as one, once for all callers
 */
export async function whatStays(
  context: Context,
  facts: Facts,
  state: SweepState,
  request: PlanRequest,
  claims: () => Promise<Claimed>,
): Promise<Staying> {
  const { file, isSameTrash } = request;
  const [dangling, needed] = isSameTrash
    ? [NO_CLAIM, NO_NEED]
    : [await danglingClaims(facts, request, claims), await needs(context, facts, state, request)];
  const isAbsent = (digest: Digest): boolean => (nodeOf(facts, digest) ?? 0) >= facts.blobs.count;
  const kept = new Set<string>();
  const claimed = new Set<string>();
  const stays = (action: Action): boolean => {
    const { kind, path, digest } = action;
    if (file !== undefined && !file.has(action)) return true;
    if (needed(action)) {
      kept.add(path);
      return true;
    }
    if (kind !== 'layer-link' || digest === undefined) return false;
    if (!isAbsent(digest) || !dangling(digest)) return false;
    claimed.add(path);
    return true;
  };
  const isAllowed = file === undefined && needed === NO_NEED && dangling === NO_CLAIM;
  return {
    stays: isAllowed ? undefined : stays,
    notes: () => notesOf(kept.size, claimed.size),
  };
}

const NO_CLAIM: Claimed = () => false;
const NO_NEED: NeededAction = () => false;

async function danglingClaims(
  { repositories }: Facts,
  { selection }: PlanRequest,
  claims: () => Promise<Claimed>,
): Promise<Claimed> {
  const dangles = repositories.some(({ danglingLayers }) => danglingLayers.node.length > 0);
  if (!dangles || !selection.kinds.includes('layer-link')) return NO_CLAIM;
  return claims();
}

/**
 * A run of `--delete` whose items were to be deleted keeps nothing, and neither does a run that is
 * purged first.
 */
async function needs(
  context: Context,
  facts: Facts,
  state: SweepState,
  { quarantine, agreed, purgeOlderThan }: PlanRequest,
): Promise<NeededAction> {
  if (quarantine !== false) return NO_NEED;
  const isPurged = agreed !== undefined || purgeOlderThan === undefined;
  const from = isPurged ? Number.NEGATIVE_INFINITY : context.startedAtMs - purgeOlderThan * 1000;
  const counts = (run: TrashRun | undefined): boolean =>
    run === undefined || (run.quarantine && !(Date.parse(run.startedAt) <= from));
  return neededByImages(context, facts, state, counts);
}

function notesOf(kept: number, claimed: number): string[] {
  const notes: string[] = [];
  if (kept > 0) notes.push(`kept, needed to restore a quarantined run: ${told(kept)} items`);
  if (claimed > 0) {
    notes.push(
      `kept, because quarantined runs may need them: ${told(claimed)} dangling layer links`,
    );
  }
  return notes.map(
    (note) => `${note}; they can be removed after regsweep trash purge has deleted those runs`,
  );
}

const told = (number: number): string => number.toLocaleString('en-US');
