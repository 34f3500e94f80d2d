/** `report`: one page of the whole tree. */
import { ACTION_KINDS } from '../../plan/types.js';
import { analyzeReport } from '../../report/build/analyze.js';
import { pageData } from '../../report/html/model.js';
import { pageChunks } from '../../report/html/page.js';
import type { AnalyzeReport } from '../../report/model/model.js';
import { repositoryMatcher } from '../../util/glob-list.js';
import { type Context, runInfo, treeOf } from '../context.js';
import { quarantined } from '../records/totals.js';
import { noteDebris } from '../scan/debris-findings.js';
import { look } from '../scan/scan.js';
import { selectionOf } from '../select/selection.js';
import { measuredTree, withImmovable } from './measured-tree.js';
import { pageAssets, sha256Base64 } from './page-assets.js';

export interface Page {
  readonly report: AnalyzeReport;
  /** The HTML. */
  readonly chunks: Iterable<string>;
}

/** `repo` narrows which repositories have a row of their own. */
export async function makePage(context: Context): Promise<Page> {
  const { options } = context;
  const assets = pageAssets();
  const tree = await treeOf(context);
  const selection = { ...selectionOf(options), repo: [], kinds: ACTION_KINDS };
  const seen = await look(context, tree, selection);
  const { facts } = seen;
  const marks = withImmovable(seen);
  noteDebris(facts, selection);
  const report = analyzeReport({
    ...measuredTree(facts, marks),
    quarantined: quarantined(tree, options.stateDir),
    run: runInfo(context),
    shows: () => true,
    details: false,
  });
  const shows = repositoryMatcher(options.repo);
  const chunks = pageChunks(pageData({ facts, marks, report, shows }), assets, sha256Base64);
  return { report, chunks };
}
