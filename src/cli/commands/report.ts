import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, RegsweepError, usageError } from '../../errors.js';
import { usage } from '../../graph/usage.js';
import { ACTION_KINDS } from '../../plan/types.js';
import { analyzeReport } from '../../report/analyze.js';
import { pageData } from '../../report/html/model.js';
import { pageChunks } from '../../report/html/page.js';
import { type Context, print, treeOf } from '../context.js';
import { noteDebris } from '../debris.js';
import { repositoryMatcher } from '../globs.js';
import { refuseExisting, STDOUT, writeWhole } from '../output.js';
import { pageAssets, sha256Base64 } from '../page-assets.js';
import { quarantined } from '../quarantine.js';
import { render, runInfo } from '../render.js';
import { selectionOf } from '../selection.js';
import { look } from '../stages.js';

/** One page of the whole tree; `--repo` narrows which repositories have a row of their own. */
export async function run(context: Context): Promise<number> {
  const { settings } = context;
  const output = requireOutput(context);
  const assets = pageAssets();
  const tree = await treeOf(context);
  const selection = { ...selectionOf(settings), repo: [], kinds: ACTION_KINDS };
  const { facts, marks } = await look(context, tree, selection);
  noteDebris(facts, selection);
  const report = analyzeReport({
    facts,
    marks,
    usage: usage(facts, marks),
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
