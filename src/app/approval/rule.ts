/** What the settings say about approval: only a file of root's can ask for it, or lift it. */

import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseDuration, requireDuration } from '../../util/duration.js';
import { errnoOf, RegsweepError, usageError } from '../../util/errors.js';
import { requireRootOwned } from '../../util/root-owned.js';
import { DEFAULTS } from '../defaults.js';

export interface ApprovalRule {
  /** The settings file that asks for it. */
  readonly source: string;
  /** In the format of ssh-keygen(1), ALLOWED SIGNERS. */
  readonly allowedSigners: string;
  /** Seconds from the moment of approval. */
  readonly validFor: number;
}

const VALID_FOR = '48h';

export const approvalSchema = z
  .strictObject({
    required: z.boolean('expected true or false'),
    allowedSigners: z.string().min(1).optional(),
    validFor: z
      .string()
      .refine((text) => parseDuration(text) !== undefined, 'expected a duration such as 48h')
      .default(VALID_FOR),
  })
  .refine(({ required, allowedSigners }) => !required || allowedSigners !== undefined, {
    message: 'expected a file in the format of ssh-keygen’s allowed signers',
    path: ['allowedSigners'],
  });

export type ApprovalSection = z.infer<typeof approvalSchema>;

/**
 * @param path of the settings file, which `stat` is of
 * @throws RegsweepError `usage` where others than root may write it
 */
export function ruleOf(
  section: ApprovalSection,
  path: string,
  stat: { readonly uid: number; readonly mode: number },
): ApprovalRule | undefined {
  requireRootOwned(path, stat, `settings file ${path} has an approval section`);
  const { required, allowedSigners, validFor } = section;
  if (!required || allowedSigners === undefined) return undefined;
  return {
    source: path,
    allowedSigners: resolve(dirname(path), allowedSigners),
    validFor: requireDuration(validFor, `${path}: approval.validFor`),
  };
}

/**
 * What the host's settings file asks for, whatever other settings file is in use: whoever names
 * one can't lift it.
 * @throws RegsweepError `usage` where that file can't be read: it may ask for approval
 */
export function approvalOfHost(path: string = DEFAULTS.settings): ApprovalRule | undefined {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw new RegsweepError('usage', `settings file ${path}: ${(cause as Error).message}`, {
      path,
      cause,
      remedy: `${path} is always read, because it may require approved plans`,
    });
  }
  const { approval } = (content ?? {}) as { readonly approval?: unknown };
  if (approval === undefined) return undefined;
  const result = approvalSchema.safeParse(approval);
  if (result.success) return ruleOf(result.data, path, statSync(path));
  const issues = result.error.issues.map((issue) => {
    return `${['approval', ...issue.path].join('.')}: ${issue.message}`;
  });
  throw usageError(`settings file ${path}: ${issues.join('; ')}`);
}
