/** Whether the commands that `analyze` proposes would succeed, and the options that they need. */
import type { Facts } from '../../facts/types.js';
import { mark } from '../../graph/mark/mark.js';
import { isRecent } from '../../graph/mark/recent-blobs.js';
import type { Marks } from '../../graph/types.js';
import { type Permission, refusals } from '../../plan/check.js';
import type { PlanTotals } from '../../plan/types.js';
import type { AnalyzeReport } from '../../report/model/model.js';
import type { Outlook } from '../../report/model/view.js';
import { openState } from '../../sweep/index.js';
import type { Context } from '../context.js';
import { limitsOf } from '../plan/prepare/prepare-plan.js';
import { NO_DECISIONS } from '../select/removals.js';
import type { Selection } from '../select/selection.js';

/** The inputs of the report. */
export interface Seen {
  readonly facts: Facts;
  readonly marks: Marks;
  readonly selection: Selection;
}

export async function outlookOf(
  { options }: Pick<Context, 'options'>,
  { facts, marks, selection }: Seen,
  report: AnalyzeReport,
): Promise<Outlook> {
  const limits = await limitsOf(
    facts.tree,
    openState(facts.tree, options.stateDir),
    selection,
    NO_DECISIONS,
  );
  const found = [...refusals(facts, marks, expected(report), limits)];
  const obstacle = found.find(({ permission }) => permission === undefined);
  return {
    permissions: flagsOf(found.flatMap(({ permission }) => permission ?? [])),
    ...(obstacle === undefined ? {} : { obstacle: `${obstacle.message}; ${obstacle.remedy}` }),
    untagged: removableUntagged(facts, marks, report),
    allRecent:
      selection.ageBy === 'newest' && report.totals.young.blobs > 0 && isAllRecent(facts, marks),
  };
}

/** Totals of a sweep or tidy, as far as the limits need them. */
function expected({ totals, findings }: AnalyzeReport): PlanTotals {
  const { garbage, staleUploads, emptyDirectories } = totals;
  const debris = findings
    .filter(({ severity, code }) => severity === 'debris' && code !== 'empty-folder')
    .reduce((sum, { count }) => sum + count, 0);
  return {
    actions: garbage.blobs + staleUploads.uploads + debris + emptyDirectories,
    blobs: garbage.blobs,
    bytes: garbage.bytes,
    diskBytes: garbage.diskBytes,
    blobDiskBytes: garbage.diskBytes,
    folderDiskBytes: 0,
    byKind: { 'empty-directory': emptyDirectories },
  };
}

function flagsOf(permissions: readonly Permission[]): string {
  const percents = permissions.flatMap(({ percent }) => percent ?? []);
  const names = new Set(permissions.map(({ option }) => option));
  return [...names]
    .sort()
    .map((name) =>
      name === 'max-delete' ? ` --max-delete ${Math.max(...percents)}%` : ` --${name}`,
    )
    .join('');
}

/**
 * Number of manifests that `-m` would remove. It excludes repositories without a tag and referrers
 * of kept images. It costs one more mark, and so is computed only if no other step is proposed.
 */
function removableUntagged(facts: Facts, { options }: Marks, report: AnalyzeReport): number {
  const { totals, repositories } = report;
  if (options.deleteUntagged || totals.garbage.blobs > 0) return 0;
  if (repositories.every(({ untaggedManifests }) => untaggedManifests === 0)) return 0;
  const after = mark(facts, { ...options, deleteUntagged: true });
  return after.repositories.reduce((sum, one) => sum + one.removedRevisions.count(), 0);
}

/** True for example after a copy: then ages say nothing. */
function isAllRecent({ blobs }: Facts, { options }: Marks): boolean {
  return blobs.shards.every(({ newest }) => newest.every((time) => isRecent(time, options)));
}
