/** The form of regsweep's own policy file, which holds retention for many repositories. */
import { z } from 'zod';
import { parseDigest } from '../../storage/digest.js';
import { parseDuration } from '../../util/duration.js';

const glob = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith('!'), {
    error: 'a glob can’t begin with "!": put an entry for the exceptions above this one',
  });

const duration = z.string().transform((text, context) => {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  context.addIssue({ code: 'custom', message: `"${text}" is no duration, such as 12h, 30d or 2w` });
  return z.NEVER;
});

const digest = z.string().refine((text) => parseDigest(text) !== undefined, {
  error: 'is no digest: sha256: and 64 lowercase hex digits',
});

const CRITERIA = ['keepLast', 'keepWithin', 'keepTags', 'minAge'] as const;

const entry = z
  .strictObject({
    match: z.array(glob).min(1),
    policyFile: z.string().min(1).optional(),
    keepLast: z.int().min(1).optional(),
    keepWithin: duration.optional(),
    keepTags: z.array(glob).min(1).optional(),
    minAge: duration.optional(),
    ageBy: z.enum(['pushed', 'created']).optional(),
  })
  .superRefine((value, context) => {
    const given = CRITERIA.filter((name) => value[name] !== undefined);
    if (value.policyFile === undefined && given.length === 0) {
      context.addIssue({
        code: 'custom',
        message: `needs a policyFile, or one of ${CRITERIA.join(', ')}: nothing would be kept`,
      });
    }
    if (value.policyFile === undefined) return;
    for (const name of [...given, ...(value.ageBy === undefined ? [] : (['ageBy'] as const))]) {
      context.addIssue({ code: 'custom', message: 'does not go with a policyFile', path: [name] });
    }
  });

export const wrapperSchema = z.strictObject({
  version: z.literal(1),
  protect: z
    .strictObject({ tags: z.array(glob).default([]), digests: z.array(digest).default([]) })
    .default({ tags: [], digests: [] }),
  repositories: z.array(entry).min(1),
});
export type WrapperDocument = z.infer<typeof wrapperSchema>;
