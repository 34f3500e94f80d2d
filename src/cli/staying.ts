/** What a plan leaves though the mark would let it go: unlisted, or wanted by the quarantine. */
import { type Facts, nodeOf } from '../facts/types.js';
import type { Action } from '../plan/types.js';
import type { Digest } from '../storage/digest.js';
import type { SweepState } from '../sweep/index.js';
import type { Context } from './context.js';
import type { PlanRequest } from './planning.js';
import { type Claimed, claimedByTrash } from './trash/claims.js';

export interface Staying {
  stays(action: Action): boolean;
  /** For people. */
  notes(): string[];
}

const NOTHING: Claimed = () => false;

/**
 * What the file doesn't list stays. So does a layer link to a blob that is not in the tree while
 * the quarantine has or needs that blob; and where what goes is deleted, whatever a quarantined
 * run needs to come back whole.
 */
export async function whatStays(
  context: Context,
  facts: Facts,
  state: SweepState,
  request: PlanRequest,
): Promise<Staying> {
  const { file } = request;
  const dangling = danglesIn(facts, request)
    ? await claimedByTrash(context, facts.tree, state)
    : NOTHING;
  const needed =
    request.quarantine === false
      ? await claimedByTrash(context, facts.tree, state, 'kept')
      : NOTHING;
  const isAbsent = (digest: Digest): boolean => (nodeOf(facts, digest) ?? 0) >= facts.blobs.count;
  const kept = new Set<string>();
  const isNeeded = ({ kind, digest, path }: Action): boolean => {
    if (digest === undefined || kind === 'tag' || kind === 'tag-history') return false;
    if (needed(digest)) kept.add(path);
    else return kind === 'layer-link' && isAbsent(digest) && dangling(digest);
    return true;
  };
  return {
    stays: (action) => (file !== undefined && !file.has(action)) || isNeeded(action),
    notes: () => notesOf(kept.size),
  };
}

function danglesIn({ repositories }: Facts, { selection }: PlanRequest): boolean {
  if (!selection.kinds.includes('layer-link')) return false;
  return repositories.some(({ danglingLayers }) => danglingLayers.node.length > 0);
}

function notesOf(kept: number): string[] {
  if (kept === 0) return [];
  const what = `kept, as runs in quarantine need it to come back: ${kept.toLocaleString('en-US')}`;
  return [`${what} blobs and links; regsweep trash purge ends those runs, then they can go`];
}
