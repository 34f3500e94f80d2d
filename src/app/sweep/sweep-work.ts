/** `sweep`, `tidy` and `rm` as work for `changingRun` (`app/session/changing-run.ts`). */

import type { Pool } from '../../facts/pool/pool.js';
import { openScan } from '../../facts/read.js';
import { type Fingerprint, fingerprint, waitOut } from '../../guard/index.js';
import type { Clearance, Verdict } from '../../guard/model/types.js';
import { planList } from '../../plan/file/codec.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import { sha256 } from '../../util/sha256.js';
import { approvalsOfChange } from '../approval/approvals.js';
import { AGREED, type Context, type Finished, type Question } from '../context.js';
import { guardSettings } from '../guard-settings.js';
import {
  backUpPlan,
  type ProposedPlan,
  proposeAgain,
  proposePlan,
  questionOf,
} from '../plan/approve-plan.js';
import type { ChangeRequest } from '../plan/prepare/prepared.js';
import { purgeInSession } from '../quarantine/purge/purge.js';
import { recordSweep } from '../records/history-record.js';
import { readOptions } from '../scan/scan.js';
import { refuseHarbor } from '../select/metadata-owner.js';
import {
  type CacheRequirement,
  cacheNotes,
  cacheRequirement,
  requireFlush,
  requireKnownCache,
  requireReachable,
} from '../session/cache-invalidation.js';
import {
  type AfterStop,
  type ChangingWork,
  changingRun,
  type Look,
  type NotExecuted,
} from '../session/changing-run.js';
import type { Session } from '../session/session.js';
import { executeSweep } from './execute-sweep.js';
import { tellPurged, wouldPurge } from './purge-before.js';
import { type CompletedChange, changeReport } from './sweep-report.js';

/**
 * Files written this shortly before a fingerprint may change again within the same clock tick. ms
 */
const COARSEST_TIMES_MS = 2000;

/** @throws RegsweepError if nothing was changed */
export async function change(
  context: Context,
  tree: StorageTree,
  request: ChangeRequest,
): Promise<Finished> {
  const approvals = await approvalsOfChange(context, request);
  const work = new SweepWork(context, { ...request, approvals });
  try {
    return await changingRun(context, tree, work);
  } finally {
    await work.close();
  }
}

class SweepWork implements ChangingWork<ProposedPlan, CompletedChange, Finished> {
  #caches: CacheRequirement | undefined;
  /** Threads of the scan before the stop, used again for the scan after it. */
  #scan: Pool | undefined;
  /** Fingerprint from before the scan, taken while the registry served. */
  #earlier: Fingerprint | undefined;
  /**
   * The plan that was agreed to. Nothing else may be removed, whatever the tree is after the stop.
   */
  #agreed: ProposedPlan | undefined;

  constructor(
    private readonly context: Context,
    private readonly request: ChangeRequest,
  ) {}

  async close(): Promise<void> {
    await this.#scan?.close();
  }

  refuse(verdict: Verdict): void {
    refuseHarbor(verdict, this.request.selection);
  }

  async require(verdict: Verdict, stops: boolean): Promise<void> {
    if (!stops) requireNoCachingRegistry(verdict, this.request);
    const caches = cacheRequirement(this.context, verdict);
    this.#caches = caches;
    if (!this.request.quarantine) requireKnownCache(caches, '--delete');
    if (!this.request.quarantine) requireFlush(caches);
    await requireReachable(caches);
  }

  begin({ state, audit }: Session, verdict: Verdict): void {
    const { keepDigests, keepNames, ...selection } = this.request.selection;
    const kept = { keepDigests: keepDigests.length, keepNames: keepNames.length };
    audit.append({ event: 'options', ...selection, ...kept });
    for (const approval of this.request.approvals ?? []) {
      audit.append({ event: 'approval', plan: this.request.source?.file.sha256, ...approval });
    }
    if (wouldPurge(this.context, state, verdict)?.amount.runs) {
      requireKnownCache(this.#caches!, '--purge-older-than');
    }
  }

  async plan(session: Session, { verdict, isSame }: Look): Promise<ProposedPlan> {
    const { context, request } = this;
    const scan = this.#scan === undefined ? {} : { scan: this.#scan };
    if (this.#agreed === undefined) {
      return proposePlan(context, session, { ...withoutUploads(request, verdict), ...scan });
    }
    if (!isSame)
      return proposeAgain(context, session, withoutUploads(this.#agreed.request, verdict));
    context.log.note('the tree has not changed since the scan; the plan is applied as shown');
    return this.#agreed;
  }

  isEmpty({ prepared, purges }: ProposedPlan): boolean {
    return prepared.totals.actions === 0 && !purges;
  }

  question({ tree }: Session, plan: ProposedPlan): Question {
    return questionOf(this.context, tree, plan);
  }

  async agreed({ prepared }: ProposedPlan): Promise<void> {
    await backUpPlan(this.context, prepared);
  }

  async execute(
    session: Session,
    clearance: Clearance,
    plan: ProposedPlan,
  ): Promise<CompletedChange> {
    return executeSweep(this.context, session, clearance, plan, this.#caches!);
  }

  nothing({ tree }: Session, _: ProposedPlan, ended: NotExecuted): CompletedChange {
    return { outcome: { ended, tree }, notes: [], error: undefined };
  }

  finish(
    { state }: Session,
    { outcome, notes, error }: CompletedChange,
    { downtimeMs, isRestarted = false, startError }: AfterStop,
  ): Finished {
    const { context, request } = this;
    if ('result' in outcome) recordSweep(context, state, outcome.prepared, outcome.result);
    const more = [
      ...notes,
      ...(startError === undefined ? [] : [startError.message]),
      ...('result' in outcome ? cacheNotes(this.#caches!, isRestarted) : []),
    ];
    const report = changeReport(context, request, outcome, more, downtimeMs);
    return { report: { kind: 'change', ...report }, error: startError ?? error };
  }

  readonly aroundStop = {
    plansSettled: false,

    begin: async ({ tree }: Session): Promise<void> => {
      const { context, request } = this;
      this.#scan = openScan(tree, readOptions(context, request.selection));
      this.#earlier = await fingerprint(tree, guardSettings(context.options).concurrency, {
        signal: context.signal,
        sinceMs: context.now() - COARSEST_TIMES_MS,
      });
    },

    /** Waits for the quiet window while the registry still serves, which shortens the downtime. */
    ready: async (plan: ProposedPlan): Promise<void> => {
      const { header, totals, actions } = plan.prepared;
      const file = planList(header, totals, actions, sha256);
      const request = { ...plan.request, file, agreed: plan.prepared };
      this.#agreed = { request, prepared: plan.prepared, purges: false };
      const { quietWindowMs } = guardSettings(this.context.options);
      await waitOut(quietWindowMs, this.#earlier!, this.context.signal);
    },

    stopped: (verdict: Verdict): void => requireNoCachingRegistry(verdict, this.request),

    settled: async (
      session: Session,
      verdict: Verdict,
      wasPending: boolean,
    ): Promise<Fingerprint | undefined> => {
      const { purgeOlderThan, selection } = this.request;
      if (purgeOlderThan !== undefined) {
        const context = { ...this.context, confirm: AGREED };
        const choice = { run: [], minAge: purgeOlderThan };
        tellPurged(context, await purgeInSession(context, session, verdict, choice));
      }
      const isSameTrash = !wasPending && purgeOlderThan === undefined;
      const request = { ...this.#agreed!.request, isSameTrash };
      this.#agreed = { ...this.#agreed!, request };
      const isSameSelection = withoutUploads(request, verdict).selection === selection;
      return isSameTrash && isSameSelection ? this.#earlier : undefined;
    },
  };
}

/**
 * A running registry caches blob descriptors, so it may accept a push that needs a deleted blob. A
 * blob in quarantine can still be restored.
 */
function requireNoCachingRegistry(
  { registries, state }: Verdict,
  { quarantine }: ChangeRequest,
): void {
  if (quarantine) return;
  const [first] = registries;
  if (first === undefined && state !== 'read-only-remote') return;
  const who = first === undefined ? 'a registry on another host' : `registry process ${first.pid}`;
  throw new RegsweepError(
    'guard-refused',
    `--delete: ${who} is running and may have cached the blobs`,
    { remedy: 'stop it first, or sweep without --delete, restart it, and purge' },
  );
}

/** A read-only registry may still use its uploads, so they are kept. */
function withoutUploads(request: ChangeRequest, { state }: Verdict): ChangeRequest {
  if (state === 'stopped') return request;
  const { selection } = request;
  const kinds = selection.kinds.filter((kind) => kind !== 'upload');
  return { ...request, selection: { ...selection, kinds, keepUploads: true } };
}
