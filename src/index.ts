/**
 * The library: what the commands do, for programs. Each function resolves to what the command's
 * `--format json` prints; what changes a tree passes the same guard as the command does.
 */
import type { Context, Finished } from './app/context.js';
import type * as given from './app/library/options.js';
import { libraryContext } from './app/library/resolve.js';
import type { Prepared } from './app/plan/prepare/prepared.js';
import { type Plain, plainDocument } from './report/build/document.js';
import type * as model from './report/model/model.js';
import { usageError } from './util/errors.js';

export type { ProgressUpdate, Question } from './app/context.js';
export type * from './app/library/options.js';
export type { Plain } from './report/build/document.js';
export type * from './report/model/model.js';
export { type ErrorCode, RegsweepError } from './util/errors.js';

/** `analyze`: where the disk goes, and what of it nothing refers to. */
export async function analyze(options: given.AnalyzeOptions = {}) {
  const context = await libraryContext('analyze', options);
  const useCase = await import('./app/inspect/analyze.js');
  const { sort, top } = options;
  const report = await useCase.analyze(context);
  return plainDocument({ kind: 'analyze', view: { sort, top }, ...report });
}

/** `check`: everything in the tree that is not as it should be. */
export async function check(options: given.CheckOptions = {}) {
  const context = await libraryContext('check', options);
  const useCase = await import('./app/inspect/check.js');
  return plainDocument({ kind: 'check', ...(await useCase.check(context)) });
}

/** `explain`: why something is kept or is garbage. */
export async function explain(options: given.ExplainOptions) {
  const subject = required(options.subject, 'subject');
  const context = await libraryContext('explain', options);
  const { explainSubject } = await import('./app/inspect/explain/explain.js');
  return plainDocument({ kind: 'explain', ...(await explainSubject(context, subject)) });
}

/** `guard`: the evidence of this moment, and the verdict. */
export async function guard(options: given.CommonOptions & given.GuardOptions = {}) {
  const context = await libraryContext('guard', options);
  const useCase = await import('./app/inspect/guard.js');
  return plainDocument({ kind: 'guard', ...(await useCase.guard(context)) });
}

/** `history`: how the tree grew. */
export async function history(options: given.HistoryOptions = {}) {
  const context = await libraryContext('history', options);
  const useCase = await import('./app/inspect/history/history.js');
  return plainDocument({ kind: 'history', ...(await useCase.history(context)) });
}

/** `report -o FILE`: writes the page. */
export async function report(options: given.ReportOptions) {
  const output = required(options.output, 'output');
  const context = await libraryContext('report', options);
  const { makePage, requirePlace, writePage } = await import('./app/inspect/page/page.js');
  requirePlace(output, options.force ?? false);
  const page = await makePage(context);
  const written = await writePage(page, output, options.force ?? false);
  return plainDocument({ kind: 'written', ...written });
}

/** `policy preview`: what a policy would expire, with the rule that decides. */
export async function previewPolicy(options: given.PreviewOptions) {
  const file = required(options.policy, 'policy');
  const context = await libraryContext('policy preview', options);
  const useCase = await import('./app/inspect/policy-preview.js');
  return plainDocument({ kind: 'preview', ...(await useCase.previewPolicy(context, file)) });
}

/** `audit verify`: whether each line of the log follows from the line before. */
export async function verifyAudit(options: given.CommonOptions = {}) {
  const context = await libraryContext('audit verify', options);
  const useCase = await import('./app/inspect/audit.js');
  return plainDocument({ kind: 'audit', ...(await useCase.verifyAudit(context)) });
}

/** `trash list`: what lies in quarantine. */
export async function listQuarantine(
  options: given.CommonOptions & Pick<given.RestoreOptions, 'run' | 'olderThan'> = {},
) {
  const context = await libraryContext('trash list', options);
  const useCase = await import('./app/quarantine/list.js');
  return plainDocument({ kind: 'trash', ...(await useCase.listQuarantine(context)) });
}

/** `plan`: the exact list of what a sweep would remove; with `output` also written there. */
export async function plan(options: given.PlanOptions = {}) {
  const context = await libraryContext('plan', options);
  const { makePlan, writePlan } = await import('./app/plan/plan.js');
  const { planReport } = await import('./app/plan/plan-report.js');
  const prepared = await makePlan(context);
  const { output, force = false } = options;
  if (output !== undefined) await writePlan(context, prepared, output, force);
  return plainDocument({ kind: 'plan', ...planReport(context, prepared) });
}

/** `sweep`: to quarantine, or with `delete` for good. With `dryRun` it resolves to the plan. */
export async function sweep(options: given.SweepOptions = {}): Promise<Changed> {
  const context = await libraryContext('sweep', options);
  const useCase = await import('./app/sweep/sweep.js');
  return changed(context, useCase.sweep) as Promise<Changed>;
}

/** `tidy`: what the registry's own garbage collector leaves. */
export async function tidy(
  options: given.TidyOptions = {},
): Promise<Changed | Plain<model.WrittenReport>> {
  const context = await libraryContext('tidy', options);
  const useCase = await import('./app/sweep/tidy.js');
  if (options.output !== undefined) return saved(context, options, useCase.planTidy);
  return changed(context, useCase.tidy) as Promise<Changed>;
}

/** `rm`: tags, manifests or repositories by name. With `dryRun` it resolves to what that means. */
export async function remove(
  options: given.RemoveOptions,
): Promise<Plain<model.ChangeReport> | Plain<model.RemovalReport> | Plain<model.WrittenReport>> {
  const targets = required(options.targets, 'targets');
  if (targets.length === 0) throw usageError('targets is empty');
  const context = await libraryContext('rm', options);
  const useCase = await import('./app/sweep/remove.js');
  if (options.output !== undefined) {
    return saved(context, options, (one) => useCase.planRemoval(one, targets));
  }
  return changed(context, (one) => useCase.remove(one, targets)) as ReturnType<typeof remove>;
}

/** `trash restore`: brings quarantined items back. */
export async function restore(
  options: given.RestoreOptions = {},
): Promise<Plain<model.OutcomeReport>> {
  const context = await libraryContext('trash restore', options);
  const { restoreQuarantine } = await import('./app/quarantine/restore/restore.js');
  return changed(context, restoreQuarantine) as Promise<Plain<model.OutcomeReport>>;
}

/** `trash purge`: ends quarantined runs for good, but nothing that is needed again. */
export async function purge(
  options: given.PurgeOptions = {},
): Promise<Plain<model.OutcomeReport> | Plain<model.WrittenReport>> {
  const context = await libraryContext('trash purge', options);
  if (options.output !== undefined) {
    requireDryRun(options);
    const { savedPurge, writePurge } = await import('./app/quarantine/purge/purge-file.js');
    const { purge } = await savedPurge(context);
    const { output, force = false } = options;
    return plainDocument({
      kind: 'written',
      ...(await writePurge(context, purge, output, force)),
    }) as Plain<model.WrittenReport>;
  }
  const { purgeQuarantine } = await import('./app/quarantine/purge/purge.js');
  return changed(context, purgeQuarantine) as Promise<Plain<model.OutcomeReport>>;
}

/** The plan of a command that otherwise changes the tree. */
async function saved(
  context: Context,
  options: given.SavingOptions & { readonly dryRun?: boolean },
  prepare: (context: Context) => Promise<Prepared>,
): Promise<Plain<model.WrittenReport>> {
  requireDryRun(options);
  const { output, force = false } = options;
  const { writePlan } = await import('./app/plan/plan.js');
  const written = await writePlan(context, await prepare(context), output!, force);
  return plainDocument({ kind: 'written', ...written }) as Plain<model.WrittenReport>;
}

function requireDryRun({ dryRun }: { readonly dryRun?: boolean }): void {
  if (dryRun !== true) throw usageError('output saves a plan, and goes with dryRun');
}

/** What was done, or with `dryRun` what would be. */
export type Changed = Plain<model.ChangeReport> | Plain<model.PlanReport>;

/** @throws RegsweepError with what was done before it as its `report` */
async function changed(
  context: Context,
  useCase: (context: Context) => Promise<Finished>,
): Promise<unknown> {
  const { report: made, error } = await useCase(context);
  const document = plainDocument(made);
  if (error === undefined) return document;
  error.report = document;
  throw error;
}

function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw usageError(`${name} is needed`);
}
