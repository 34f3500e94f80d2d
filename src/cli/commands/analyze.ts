import { type Context, treeOf } from '../../app/context.js';
import { growthSince } from '../../app/inspect/growth.js';
import { measuredTree, withImmovable } from '../../app/inspect/measured-tree.js';
import { analyzeLine, recordReading } from '../../app/records/history-record.js';
import { quarantined } from '../../app/records/totals.js';
import { noteDebris } from '../../app/scan/debris-findings.js';
import { look } from '../../app/scan/scan.js';
import { selectionOf } from '../../app/select/selection.js';
import type { Facts } from '../../facts/types.js';
import { largestLayers } from '../../graph/layers.js';
import { ageGroups, tagUsage } from '../../graph/tags.js';
import { ACTION_KINDS } from '../../plan/types.js';
import { analyzeReport } from '../../report/build/analyze.js';
import { TAG_KEYS } from '../../report/build/view.js';
import type { AnalyzeReport } from '../../report/model/model.js';
import { EXIT, usageError } from '../../util/errors.js';
import { repositoryMatcher } from '../../util/glob-list.js';
import { sameLook } from '../output/next-command.js';
import { render, runInfo } from '../output/render.js';

/** Rows of `--layers`, unless `--top` asks for more. */
const LAYERS = 10;

/** Days since the push. */
const AGES = [7, 30, 90, 365];

/** `--repo` narrows what is shown; what is garbage is told of the whole tree. */
export async function run(context: Context): Promise<number> {
  const { settings } = context;
  requireFittingSort(context);
  const tree = await treeOf(context);
  const selection = { ...selectionOf(settings), repo: [], kinds: ACTION_KINDS };
  const seen = await look(context, tree, selection, { depth: 'brief' });
  const { facts } = seen;
  const marks = withImmovable(seen);
  noteDebris(facts, selection);
  const measured = measuredTree(facts, marks);
  const report = analyzeReport({
    ...measured,
    quarantined: quarantined(tree, settings.stateDir),
    run: runInfo(context),
    shows: repositoryMatcher(settings.repo),
    details: settings.details,
    ages: ageGroups(facts, marks, AGES, Math.floor(facts.scannedAtMs / 1000)),
    ...(settings.tags ? { tagUsage: tagUsage(facts, marks) } : {}),
    ...(settings.layers ? { layers: largestLayers(facts, settings.top ?? LAYERS) } : {}),
  });
  const withRun = {
    ...report,
    run: { ...report.run, ...(await recorded(context, facts, report, measured.usage)) },
  };
  const view = { sort: settings.sort, top: settings.top, flags: sameLook(settings) };
  await render(context, { kind: 'analyze', view, ...withRun });
  return settings.detailedExitcode && isWanting(report) ? EXIT.detailed : EXIT.done;
}

/** Writes this run down, and looks at what earlier ones left. */
async function recorded(
  context: Context,
  { tree, repositories }: Facts,
  { totals }: AnalyzeReport,
  held: readonly { readonly bytes: number }[],
): Promise<Pick<AnalyzeReport['run'], 'recorded' | 'growth'>> {
  const names = repositories.map(({ name }, i) => [name, held[i]!.bytes] as const);
  const line = analyzeLine(context, totals, names);
  const growth =
    context.settings.since === undefined ? {} : { growth: await growthSince(context, tree, line) };
  return { recorded: recordReading(context, tree, line), ...growth };
}

function requireFittingSort({ settings: { sort, tags } }: Context): void {
  if (!tags || sort === undefined || TAG_KEYS.includes(sort)) return;
  throw usageError(`--sort ${sort} is for repositories`, `tags sort by ${TAG_KEYS.join(', ')}`);
}

function isWanting({ totals, findings }: AnalyzeReport): boolean {
  return totals.garbage.blobs > 0 || findings.some(({ severity }) => isDamage(severity));
}

export const isDamage = (severity: string): boolean =>
  severity === 'unsafe' || severity === 'damaged';
