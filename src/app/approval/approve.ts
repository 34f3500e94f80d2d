/** `plan approve`: a signature of a saved plan, beside it. */

import { readFileSync } from 'node:fs';
import { requireAction } from '../../plan/file/codec.js';
import { PURGE, requirePurgeRow } from '../../plan/file/purge-plan.js';
import { readSealed } from '../../plan/file/sealed-lines.js';
import type { ApprovedReport } from '../../report/model/model.js';
import { writeText } from '../../util/disk/atomic-write.js';
import { errnoOf, RegsweepError } from '../../util/errors.js';
import { sha256 } from '../../util/sha256.js';
import type { Context } from '../context.js';
import { readLines } from '../plan/file/read-lines.js';
import { withSigningKey } from './signing-key.js';
import { runProgram } from './ssh-keygen.js';
import {
  NAMESPACE,
  parseSignatures,
  type Statement,
  signatureFileOf,
  statementText,
} from './statement.js';

/** @throws RegsweepError `plan-refused` where the file was cut or changed, or is no plan */
export async function approvePlan(
  { options, startedAtMs }: Pick<Context, 'options' | 'startedAtMs'>,
  path: string,
): Promise<ApprovedReport> {
  const plan = await readLines(path, 'plan approve', (lines) =>
    readSealed(lines, path, sha256, (row, { kind }) => {
      if (kind === PURGE) requirePurgeRow(row, path);
      else requireAction(row, path);
    }),
  );
  const statement: Statement = {
    approval: 1,
    plan: plan.sha256,
    id: String(plan.header.id),
    delete: options.delete || plan.header.kind === PURGE,
    approvedAt: new Date(startedAtMs).toISOString(),
  };
  const text = statementText(statement);
  const signature = await withSigningKey(options.key, (key) => sign(text, key));
  const file = signatureFileOf(path);
  await writeText(file, `${othersIn(file, plan.sha256)}${text}${signature}`);
  return {
    schemaVersion: 1,
    root: String(plan.header.root),
    plan: path,
    id: statement.id,
    sha256: plan.sha256,
    signatures: file,
    approvedAt: statement.approvedAt,
    delete: statement.delete,
    totals: plan.totals as ApprovedReport['totals'],
  };
}

async function sign(text: string, key: string): Promise<string> {
  const args = ['-Y', 'sign', '-n', NAMESPACE, '-f', key];
  const { ok, stdout } = await runProgram('ssh-keygen', args, text, true);
  if (ok) return stdout;
  throw new RegsweepError('failed', `ssh-keygen could not sign with ${key}`, { path: key });
}

/** Of an earlier plan of that name nothing is kept. */
function othersIn(file: string, plan: string): string {
  let content = '';
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  return parseSignatures(content, file)
    .filter(({ statement }) => statement.plan === plan)
    .map(({ text, signature }) => text + signature)
    .join('');
}
