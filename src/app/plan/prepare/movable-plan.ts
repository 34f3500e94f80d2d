/** The actions that can be done. Items that can't be removed become roots before the final mark. */
import type { Pool } from '../../../facts/pool/pool.js';
import { type Facts, nodeOf } from '../../../facts/types.js';
import type { UnlinkedManifests } from '../../../facts/unlinked-manifests.js';
import type { Marks } from '../../../graph/types.js';
import { type Actions, planActions } from '../../../plan/actions/plan-actions.js';
import { checkView } from '../../../plan/check.js';
import { MeasuredBytes, SeenBlobs } from '../../../plan/measure.js';
import { TotalsFold } from '../../../plan/totals.js';
import type { Action, PlannedItem, PlanTotals } from '../../../plan/types.js';
import type { Digest } from '../../../storage/digest.js';
import { markWithout } from '../../scan/mark-with-pins.js';
import type { Decisions } from '../../select/removals.js';
import type { Selection } from '../../select/selection.js';
import type { FixedItems } from './immutable-items.js';
import { measuredInPool } from './measure-in-pool.js';
import { caught } from './preview-refusals.js';

export interface Choice {
  readonly selection: Selection;
  /** Undefined: no action stays. */
  readonly stays: ((action: Action) => boolean) | undefined;
  readonly decisions: Decisions;
  readonly fixed: FixedItems;
  /** `fixed` knows the immutable items among all that may be listed. */
  readonly isAsked: boolean;
  /** Refusals that a preview shows instead of throwing. */
  readonly isPreview: boolean;
  /** Called with the number of measured items so far. */
  readonly onMeasured: (done: number) => void;
  /** Reads what the order of the blobs depends on. */
  readonly order: (marks: Marks) => Promise<UnlinkedManifests>;
}

export interface MovablePlan {
  readonly marks: Marks;
  readonly actions: Actions;
  readonly totals: PlanTotals;
  readonly blobs: SeenBlobs;
  readonly bytes: MeasuredBytes;
}

/** @throws RegsweepError `facts-refused` if the scan is incomplete, unless this is a preview */
export async function planMovable(
  scan: Pool,
  facts: Facts,
  { selection, stays, decisions, fixed, isAsked, isPreview, onMeasured, order }: Choice,
): Promise<MovablePlan> {
  for (;;) {
    const before = fixed.count;
    const kept = (action: Action): boolean => fixed.has(action.path) || stays?.(action) === true;
    const pins = before > 0 ? kept : stays;
    const { marks, actions } = markWithout(facts, selection, pins, decisions);
    const view = caught(() => checkView(facts, actions));
    if (view !== undefined && !isPreview) throw view;
    const measured = new Measured(facts, isAsked ? undefined : fixed, isPreview);
    let done = 0;
    try {
      for await (const items of measuredInPool(scan, actions)) {
        await measured.add(items);
        done += items.length;
        onMeasured(done);
      }
    } catch (error) {
      throw view ?? error;
    }
    // The pool reads manifests while the last attributes are asked for.
    const [unlinked] = await Promise.all([order(marks), fixed.settle()]);
    if (fixed.count > before) continue;
    return { marks, actions: planActions(facts, marks, unlinked), ...measured.done() };
  }
}

class Measured {
  readonly #totals = new TotalsFold();
  readonly #blobs: SeenBlobs;
  readonly #bytes: MeasuredBytes;

  constructor(
    facts: Facts,
    private readonly fixed: FixedItems | undefined,
    isPreview: boolean,
  ) {
    // A preview executes nothing, so nothing compares its snapshots.
    this.#blobs = new SeenBlobs(isPreview ? 0 : undefined);
    this.#bytes = new MeasuredBytes((digest) => sizeOf(facts, digest));
  }

  async add(items: readonly PlannedItem[]): Promise<void> {
    for (const item of items) {
      this.#totals.add(item);
      this.#blobs.add(item);
      this.#bytes.add(item);
      const full = this.fixed?.look(item);
      if (full !== undefined) await full;
    }
  }

  done(): Omit<MovablePlan, 'marks' | 'actions'> {
    return { totals: this.#totals.done(), blobs: this.#blobs, bytes: this.#bytes };
  }
}

function sizeOf(facts: Facts, digest: Digest): number | undefined {
  const node = nodeOf(facts, digest);
  return node !== undefined && node < facts.blobs.count ? facts.blobs.size(node) : undefined;
}

/** The actions again, with the measured sizes. */
export function* withSizes(actions: Actions, bytes: MeasuredBytes): Generator<Action> {
  for (const action of actions) yield bytes.of(action);
}
