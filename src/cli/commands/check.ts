import { EXIT, RegsweepError, usageError } from '../../errors.js';
import { checkReport } from '../../report/analyze.js';
import { type Context, treeOf } from '../context.js';
import { noteDebris } from '../debris.js';
import { render, runInfo } from '../render.js';
import { selectionOf } from '../selection.js';
import { readNow } from '../stages.js';
import { noteUnlinked } from '../unlinked.js';
import { type Verification, verification } from '../verification.js';
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
