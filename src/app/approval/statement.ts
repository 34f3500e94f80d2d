/**
 * `FILE.sig`: one or several approvals of a plan, one after the other. Each is a line of JSON, which
 * is what was signed, and the signature of it as `ssh-keygen -Y sign` writes it.
 */

import { z } from 'zod';
import { RegsweepError } from '../../util/errors.js';

/** What a signature is made for: one for git or for a file is none for a plan. */
export const NAMESPACE = 'regsweep-plan';

const schema = z.strictObject({
  approval: z.literal(1),
  /** The plan's own sha256, of all that it says. */
  plan: z.string().regex(/^[0-9a-f]{64}$/),
  id: z.string(),
  /** Without quarantine. */
  delete: z.boolean(),
  approvedAt: z.iso.datetime(),
});

export type Statement = z.infer<typeof schema>;

export interface SignedStatement {
  readonly statement: Statement;
  /** The bytes that were signed. */
  readonly text: string;
  readonly signature: string;
}

export const statementText = (statement: Statement): string => `${JSON.stringify(statement)}\n`;

export const signatureFileOf = (plan: string): string => `${plan}.sig`;

const BLOCK =
  /(\{.*\}\n)(-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]+\n-----END SSH SIGNATURE-----\n)/y;

/** @throws RegsweepError `plan-refused` where it is something else */
export function parseSignatures(content: string, path: string): SignedStatement[] {
  const found: SignedStatement[] = [];
  BLOCK.lastIndex = 0;
  while (BLOCK.lastIndex < content.length) {
    const at = BLOCK.lastIndex;
    const match = BLOCK.exec(content);
    if (match === null) throw unreadable(path, `at byte ${at} no approval begins`);
    const [, text, signature] = match as unknown as [string, string, string];
    found.push({ statement: parseStatement(text, path), text, signature });
  }
  return found;
}

function parseStatement(text: string, path: string): Statement {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(path, 'a statement in it is not JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unreadable(path, 'a statement in it has an unknown version');
}

const unreadable = (path: string, why: string): RegsweepError =>
  new RegsweepError('plan-refused', `${path} contains no readable approvals: ${why}`, {
    path,
    remedy: 'remove the file, and have the plan approved again:\nregsweep plan approve FILE',
  });
