import { type Context, treeOf } from '../../app/context.js';
import { type Verification, verification } from '../../app/inspect/verify-blobs.js';
import { noteDebris } from '../../app/scan/debris-findings.js';
import { noteUnlinked } from '../../app/scan/missing-link-findings.js';
import { readNow } from '../../app/scan/scan.js';
import { selectionOf } from '../../app/select/selection.js';
import { checkReport } from '../../report/build/analyze.js';
import { EXIT, RegsweepError, usageError } from '../../util/errors.js';
import { render, runInfo } from '../output/render.js';
import { isDamage } from './analyze.js';

export async function run(context: Context): Promise<number> {
  const { settings } = context;
  if (settings.given.has('bwlimit') && !settings.verify) {
    throw usageError('--bwlimit limits what --verify reads', 'give both');
  }
  const tree = await treeOf(context);
  const selection = selectionOf(settings);
  const facts = await readNow(context, tree, selection, {
    keepFindings: Number.POSITIVE_INFINITY,
    depth: 'deep',
  });
  noteUnlinked(facts);
  noteDebris(facts, selection);
  const verified = settings.verify ? await verification(context, facts) : undefined;
  if (verified?.interrupted === true) throw interrupted(verified, facts.blobs.count);
  const report = checkReport(facts, runInfo(context), verified);
  await render(context, { kind: 'check', ...report });
  const damaged = report.findings.some(({ severity }) => isDamage(severity));
  return settings.detailedExitcode && damaged ? EXIT.detailed : EXIT.done;
}

function interrupted({ blobs, corrupt }: Verification, all: number): RegsweepError {
  const [done, total] = [blobs, all].map((number) => number.toLocaleString('en-US'));
  return new RegsweepError(
    'interrupted',
    `interrupted; ${done} of ${total} blobs were verified, ${corrupt.length} of them are corrupt`,
    { remedy: 'the same command goes on there, within seven days' },
  );
}
