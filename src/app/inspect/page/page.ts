/** `report`: one HTML page about the complete tree. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ACTION_KINDS } from '../../../graph/action-kinds.js';
import { analyzeReport } from '../../../report/build/analyze.js';
import { pageData } from '../../../report/html/model.js';
import { pageChunks } from '../../../report/html/page.js';
import type { AnalyzeReport, WrittenReport } from '../../../report/model/model.js';
import type { View } from '../../../report/model/view.js';
import { nextSteps } from '../../../report/text/analyze.js';
import { refuseExisting, writeChunks } from '../../../util/disk/atomic-write.js';
import { RegsweepError } from '../../../util/errors.js';
import { repositoryMatcher } from '../../../util/pattern/glob-list.js';
import { type Context, runInfo, treeOf } from '../../context.js';
import { quarantined } from '../../records/totals.js';
import { noteDebris } from '../../scan/debris-findings.js';
import { noteOrphans } from '../../scan/orphan-findings.js';
import { scanAndMark } from '../../scan/scan.js';
import { selectionOf } from '../../select/selection.js';
import { earlierScans } from '../history/earlier-scans.js';
import { measuredTree, withImmovable } from '../measured-tree.js';
import { outlookOf } from '../outlook.js';
import { pageAssets, sha256Base64 } from './page-assets.js';

export interface Page {
  readonly report: AnalyzeReport;
  /** The HTML, in chunks. */
  readonly chunks: Iterable<string>;
}

/**
 * `repo` limits which repositories have a separate row.
 * @param view flags that the proposed commands repeat
 */
export async function makePage(
  context: Context,
  view: Pick<View, 'flags' | 'ages' | 'place'> = {},
): Promise<Page> {
  const { options } = context;
  const assets = pageAssets();
  const tree = await treeOf(context);
  const selection = { ...selectionOf(options), repo: [], exclude: [], kinds: ACTION_KINDS };
  const seen = await scanAndMark(context, tree, selection);
  const { facts } = seen;
  const marks = withImmovable(seen);
  noteDebris(facts, selection);
  await noteOrphans(context, facts, selection);
  const report = analyzeReport({
    ...measuredTree(facts, marks),
    quarantined: quarantined(tree, options.stateDir),
    run: runInfo(context),
    shows: () => true,
    details: false,
  });
  const outlook = await outlookOf(context, { facts, marks, selection }, report);
  const data = pageData({
    ...{ facts, marks, report },
    shows: repositoryMatcher(options.repo, options.exclude),
    nextSteps: nextSteps(report, { ...view, outlook }),
    view,
    history: await earlierScans(context, tree),
  });
  const chunks = pageChunks(data, assets, sha256Base64);
  return { report, chunks };
}

/** @throws RegsweepError `usage` if the file exists and `force` isn't set */
export async function writePage(
  { report, chunks }: Page,
  file: string,
  force: boolean,
): Promise<WrittenReport> {
  await writeChunks(file, chunks, force);
  const { root, totals } = report;
  const { size: bytes } = statSync(file);
  return { schemaVersion: 1, root, file, bytes, totals };
}

/** Checks the file before the tree is read. @throws RegsweepError */
export function requirePlace(file: string, force: boolean): void {
  refuseExisting(file, force);
  const folder = dirname(file);
  if (existsSync(folder)) return;
  throw new RegsweepError('failed', `${file} could not be written: there is no folder ${folder}`, {
    path: file,
    remedy: `mkdir -p ${folder}`,
  });
}
