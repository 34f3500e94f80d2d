/** The schema of regsweep's own policy file, with rules for many repositories. */
import { z } from 'zod';
import { parseDigest } from '../../storage/digest.js';
import { parseDuration } from '../../util/duration.js';
import { patternProblem, type Subject } from '../../util/pattern/index.js';

const pattern = (subject: Subject) =>
  z
    .string()
    .min(1)
    .meta({ description: `a glob, or /a regular expression/, for a ${subject}` })
    .superRefine((text, context) => {
      const [why, remedy] = patternProblem(text, subject) ?? [];
      if (why === undefined) return;
      const message = remedy === undefined ? why : `${why}; ${remedy}`;
      context.addIssue({ code: 'custom', message });
    });
const repositoryPattern = pattern('repository');
const tagPattern = pattern('tag');

const duration = z
  .string()
  .meta({ description: 'a duration: 12h, 30d, 2w' })
  .superRefine((text, context) => {
    if (parseDuration(text) !== undefined) return;
    context.addIssue({
      code: 'custom',
      message: `invalid duration "${text}"; examples: 12h, 30d, 2w`,
    });
  });

const digest = z.string().refine((text) => parseDigest(text) !== undefined, {
  error: 'invalid digest: write sha256: and 64 lowercase hex digits',
});

const share = z
  .string()
  .regex(/^(?:100|\d{1,2}(?:\.\d+)?)%$/, 'must be a percentage up to 100%, such as 20%');
const images = z.int().min(0);
const maxDelete = z
  .union(
    [
      share,
      images,
      z.strictObject({ share, images: images.optional() }),
      z.strictObject({ images }),
    ],
    {
      error: 'must be a percentage ("20%"), a number of images, or { share: "20%", images: 500 }',
    },
  )
  .meta({ description: 'maximum share or number of images that may expire' });

const sortBy = z.enum(['pushed', 'semver', 'name']).meta({
  description:
    'the order that keepLast counts in; with semver, tags that are not versions are kept',
});

/** The criteria that keep an image. */
const criteria = {
  keepLast: z.int().min(1).optional(),
  keepWithin: duration.optional(),
  pulledWithin: duration.optional(),
  keepTags: z.array(tagPattern).min(1).optional(),
  minAge: duration.optional(),
};
const CRITERIA = Object.keys(criteria) as (keyof typeof criteria)[];

type Issues = z.core.$RefinementCtx;
const issue = (context: Issues, message: string, path: string[] = []): void =>
  context.addIssue({ code: 'custom', message, path });

const rule = z
  .strictObject({
    tags: z.array(tagPattern).min(1).optional(),
    exceptTags: z.array(tagPattern).min(1).optional(),
    untagged: z.literal(true).optional(),
    ...criteria,
    sortBy: sortBy.optional(),
  })
  .superRefine((value, context) => {
    const { tags, untagged } = value;
    if ((tags === undefined) === (untagged === undefined)) {
      issue(context, 'requires either tags or untagged, to select images');
    }
    for (const name of ['keepTags', 'exceptTags'] as const) {
      if (untagged === undefined || value[name] === undefined) continue;
      issue(context, 'is not allowed with untagged', [name]);
    }
    if (CRITERIA.every((name) => value[name] === undefined)) {
      issue(
        context,
        `requires one of ${CRITERIA.join(', ')}: otherwise it keeps nothing it selects`,
      );
    }
    checkSort(value, context);
  });

interface Sorted {
  readonly sortBy?: string | undefined;
  readonly keepLast?: number | undefined;
  readonly untagged?: true | undefined;
}

function checkSort({ sortBy: by, keepLast, untagged }: Sorted, context: Issues): void {
  if (by === undefined || by === 'pushed') return;
  if (untagged !== undefined)
    issue(context, `untagged images can’t be sorted by ${by}`, ['sortBy']);
  if (keepLast === undefined) issue(context, 'requires keepLast', ['sortBy']);
}

const entry = z
  .strictObject({
    match: z.array(repositoryPattern).min(1),
    policyFile: z.string().min(1).optional(),
    rules: z.array(rule).min(1).optional(),
    ...criteria,
    sortBy: sortBy.optional(),
    ageBy: z.enum(['pushed', 'created']).optional(),
  })
  .superRefine((value, context) => {
    const given = CRITERIA.filter((name) => value[name] !== undefined);
    const { policyFile, rules } = value;
    if (policyFile === undefined && rules === undefined) {
      if (given.length === 0) {
        issue(
          context,
          `requires rules, a policyFile, or one of ${CRITERIA.join(', ')}: otherwise nothing is kept`,
        );
      }
      checkSort(value, context);
      return;
    }
    const form = policyFile === undefined ? 'rules' : 'a policyFile';
    const others =
      policyFile === undefined ? (['sortBy'] as const) : (['sortBy', 'ageBy', 'rules'] as const);
    for (const name of [...given, ...others]) {
      if (value[name] !== undefined) issue(context, `is not allowed with ${form}`, [name]);
    }
  });

export const wrapperSchema = z.strictObject({
  version: z.literal(1),
  protect: z
    .strictObject({
      tags: z.array(tagPattern).default([]),
      digests: z.array(digest).default([]),
      latest: z
        .boolean()
        .default(true)
        .meta({ description: 'whether images with the tag latest are protected' }),
    })
    .default({ tags: [], digests: [], latest: true }),
  maxDelete: maxDelete.optional(),
  repositories: z.array(entry).min(1),
});
export type WrapperDocument = z.infer<typeof wrapperSchema>;
