/** The selection in a plan file. */
import { z } from 'zod';
import { ACTION_KINDS } from '../../graph/action-kinds.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { RegsweepError } from '../../util/errors.js';
import { patternProblem } from '../../util/pattern/index.js';
import { parseSource } from './policy-file.js';
import type { Selection } from './selection.js';

const schema = z.strictObject({
  ageBy: z.enum(['newest', 'mtime']),
  minAge: z.number().nonnegative(),
  deleteUntagged: z.boolean(),
  allowTagless: z.boolean(),
  allowShrunk: z.boolean(),
  allowEmptyTree: z.boolean(),
  maxDelete: z.number().min(0).max(1),
  repo: z.array(
    z.string().refine((glob) => patternProblem(glob, 'repository') === undefined, 'not a glob'),
  ),
  exclude: z.array(
    z.string().refine((glob) => patternProblem(glob, 'repository') === undefined, 'not a glob'),
  ),
  kinds: z.array(z.enum(ACTION_KINDS)),
  keepDigests: z.array(z.custom<Digest>((text) => parseDigest(String(text)) !== undefined)),
  keepNames: z.array(z.string()),
  policy: z
    .strictObject({
      file: z.string(),
      text: z.string(),
      included: z.record(z.string(), z.string()),
    })
    .optional(),
  trustMtimes: z.boolean(),
  allowEmpty: z.boolean(),
  orphanSignatures: z.boolean(),
  stateDir: z.string().optional(),
  targets: z.array(z.string()),
});

/**
 * @throws RegsweepError `plan-refused` if the plan's options are not of the form that this version
 *   writes
 */
export function selectionFromPlan(options: Readonly<Record<string, unknown>>): Selection {
  const result = schema.safeParse(options);
  if (result.success) {
    if (result.data.policy !== undefined) parseSource(result.data.policy);
    return result.data;
  }
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new RegsweepError('plan-refused', `the plan’s options: ${issues.join('; ')}`, {
    remedy: 'make a new plan: regsweep plan -o FILE',
  });
}
