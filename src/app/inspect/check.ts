/** `check`: all damage and leftovers in the tree. */
import { checkReport } from '../../report/build/analyze.js';
import type { CheckReport } from '../../report/model/model.js';
import { RegsweepError } from '../../util/errors.js';
import { type Context, runInfo, treeOf } from '../context.js';
import { noteDebris } from '../scan/debris-findings.js';
import { noteUnlinked } from '../scan/missing-link-findings.js';
import { noteOrphans } from '../scan/orphan-findings.js';
import { readNow } from '../scan/scan.js';
import { selectionOf } from '../select/selection.js';
import { type Verification, verification } from './verify-blobs.js';

/** @throws RegsweepError `interrupted` if `verify` was interrupted */
export async function check(context: Context): Promise<CheckReport> {
  const { options } = context;
  const tree = await treeOf(context);
  const selection = selectionOf(options);
  const facts = await readNow(context, tree, selection, {
    keepFindings: Number.POSITIVE_INFINITY,
    depth: 'deep',
  });
  noteUnlinked(facts);
  noteDebris(facts, selection);
  await noteOrphans(context, facts, selection);
  const verified = options.verify ? await verification(context, facts) : undefined;
  if (verified?.interrupted === true) throw interrupted(verified, facts.blobs.count);
  return checkReport(facts, runInfo(context), verified);
}

function interrupted({ blobs, corrupt }: Verification, all: number): RegsweepError {
  const [done, total] = [blobs, all].map((number) => number.toLocaleString('en-US'));
  return new RegsweepError(
    'interrupted',
    `interrupted; ${done} of ${total} blobs were verified, ${corrupt.length} of them are corrupt`,
    { remedy: 'run the same command again within seven days to continue' },
  );
}
