import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Context, print, treeOf } from '../../app/context.js';
import { measuredTree, withImmovable } from '../../app/inspect/measured-tree.js';
import { quarantined } from '../../app/records/totals.js';
import { noteDebris } from '../../app/scan/debris-findings.js';
import { look } from '../../app/scan/scan.js';
import { selectionOf } from '../../app/select/selection.js';
import { ACTION_KINDS } from '../../plan/types.js';
import { analyzeReport } from '../../report/build/analyze.js';
import { pageData } from '../../report/html/model.js';
import { pageChunks } from '../../report/html/page.js';
import { EXIT, RegsweepError, usageError } from '../../util/errors.js';
import { repositoryMatcher } from '../../util/glob-list.js';
import { pageAssets, sha256Base64 } from '../output/page-assets.js';
import { render, runInfo } from '../output/render.js';
import { refuseExisting, STDOUT, writeWhole } from '../output/write.js';

/** One page of the whole tree; `--repo` narrows which repositories have a row of their own. */
export async function run(context: Context): Promise<number> {
  const { settings } = context;
  const output = requireOutput(context);
  const assets = pageAssets();
  const tree = await treeOf(context);
  const selection = { ...selectionOf(settings), repo: [], kinds: ACTION_KINDS };
  const seen = await look(context, tree, selection);
  const { facts } = seen;
  const marks = withImmovable(seen);
  noteDebris(facts, selection);
  const report = analyzeReport({
    ...measuredTree(facts, marks),
    quarantined: quarantined(tree, settings.stateDir),
    run: runInfo(context),
    shows: () => true,
    details: false,
  });
  const shows = repositoryMatcher(settings.repo);
  const page = pageChunks(pageData({ facts, marks, report, shows }), assets, sha256Base64);
  if (output === STDOUT) {
    await print(context, page);
    return EXIT.done;
  }
  await writeWhole(output, page, settings.force);
  if (settings.format === 'table' && settings.quiet) return EXIT.done;
  const { root, totals } = report;
  const { size: bytes } = statSync(output);
  await render(context, { kind: 'written', schemaVersion: 1, root, file: output, bytes, totals });
  return EXIT.done;
}

/** What is wrong with it is said before the tree is read. */
function requireOutput({ settings: { output, force } }: Context): string {
  if (output === undefined) throw usageError('-o FILE is needed', 'regsweep report -o report.html');
  refuseExisting(output, force);
  const folder = dirname(output);
  if (existsSync(folder)) return output;
  throw new RegsweepError(
    'failed',
    `${output} could not be written: there is no folder ${folder}`,
    {
      path: output,
      remedy: `mkdir -p ${folder}`,
    },
  );
}
