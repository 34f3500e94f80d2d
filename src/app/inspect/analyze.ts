/** `analyze`: disk usage and unreferenced data. */
import type { Facts } from '../../facts/types.js';
import { ACTION_KINDS } from '../../graph/action-kinds.js';
import { largestLayers } from '../../graph/sizes/layers.js';
import { ageGroups, tagUsage } from '../../graph/sizes/tags.js';
import { analyzeReport } from '../../report/build/analyze.js';
import type { AnalyzeReport } from '../../report/model/model.js';
import type { Outlook } from '../../report/model/view.js';
import { repositoryMatcher } from '../../util/pattern/glob-list.js';
import { type Context, runInfo, treeOf } from '../context.js';
import { analyzeLine, recordReading } from '../records/history-record.js';
import { quarantined } from '../records/totals.js';
import { noteDebris } from '../scan/debris-findings.js';
import { noteOrphans } from '../scan/orphan-findings.js';
import { scanAndMark } from '../scan/scan.js';
import { selectionOf } from '../select/selection.js';
import { growthSince } from './history/growth.js';
import { measuredTree, withImmovable } from './measured-tree.js';
import { outlookOf, type Seen } from './outlook.js';

/** Number of rows of `layers`, unless `top` is given. */
const LAYERS = 10;

/** Days since the push. */
const AGES = [7, 30, 90, 365];

/** `repo` limits the rows. Garbage is determined from the complete tree. */
export const analyze = async (context: Context): Promise<AnalyzeReport> =>
  (await examine(context)).report;

/** The same with what people need in addition: whether the next commands would succeed. */
export async function analyzeWithOutlook(
  context: Context,
): Promise<{ readonly report: AnalyzeReport; readonly outlook: Outlook }> {
  const { report, ...seen } = await examine(context);
  return { report, outlook: await outlookOf(context, seen, report) };
}

async function examine(context: Context): Promise<Seen & { readonly report: AnalyzeReport }> {
  const { options } = context;
  const tree = await treeOf(context);
  const selection = { ...selectionOf(options), repo: [], exclude: [], kinds: ACTION_KINDS };
  const seen = await scanAndMark(context, tree, selection, { depth: 'brief' });
  const { facts } = seen;
  const marks = withImmovable(seen);
  noteDebris(facts, selection);
  await noteOrphans(context, facts, selection);
  const measured = measuredTree(facts, marks);
  const report = analyzeReport({
    ...measured,
    quarantined: quarantined(tree, options.stateDir),
    run: runInfo(context),
    shows: repositoryMatcher(options.repo, options.exclude),
    details: options.details,
    ages: ageGroups(facts, marks, AGES, Math.floor(facts.scannedAtMs / 1000)),
    ...(options.tags ? { tagUsage: tagUsage(facts, marks) } : {}),
    ...(options.layers ? { layers: largestLayers(facts, options.top ?? LAYERS) } : {}),
  });
  const more = await recorded(context, facts, report, measured.usage);
  return { facts, marks, selection, report: { ...report, run: { ...report.run, ...more } } };
}

/** Writes a record of this run, and reads those of earlier ones. */
async function recorded(
  context: Context,
  { tree, repositories }: Facts,
  { totals }: AnalyzeReport,
  held: readonly { readonly bytes: number }[],
): Promise<Pick<AnalyzeReport['run'], 'recorded' | 'growth'>> {
  const names = repositories.map(({ name }, i) => [name, held[i]!.bytes] as const);
  const line = analyzeLine(context, totals, names);
  const growth =
    context.options.since === undefined ? {} : { growth: await growthSince(context, tree, line) };
  return { recorded: recordReading(context, tree, line), ...growth };
}
