/**
 * The schema of an AWS ECR lifecycle policy, and the reasons why some valid policies are refused
 * here.
 */
import { z } from 'zod';
import { patternProblem } from '../../util/pattern/index.js';

const NOT_ON_DISK =
  'which is not known from the disk, so the policy is refused: its other rules might expire images that this rule keeps';

const unanswerable = new Map([
  ['sinceImageTransitioned', `counts from a move to the archive, ${NOT_ON_DISK}`],
]);

const MAX_WILDCARDS = 4;

const tagPattern = z
  .string()
  .min(1)
  .refine((text) => text.split('*').length - 1 <= MAX_WILDCARDS, {
    error: `has more than ${MAX_WILDCARDS} wildcards`,
  });

const tagExpression = z.string().superRefine((text, context) => {
  const [message] = patternProblem(text, 'tag') ?? [];
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const absent = (error: string) => z.unknown().refine((value) => value === undefined, { error });

const COUNT_TYPES = ['imageCountMoreThan', 'sinceImagePushed', 'sinceImagePulled'];

const countType = z.string().superRefine((text, context) => {
  const reason = unanswerable.get(text);
  if (reason !== undefined) context.addIssue({ code: 'custom', message: `${text} ${reason}` });
  else if (!COUNT_TYPES.includes(text)) {
    const message = `unknown value "${text}"; supported: ${COUNT_TYPES.join(', ')}`;
    context.addIssue({ code: 'custom', message });
  }
});

const selection = z
  .strictObject({
    tagStatus: z.enum(['tagged', 'untagged', 'any']),
    tagPatternList: z.array(tagPattern).min(1).optional(),
    tagPrefixList: z.array(z.string().min(1)).min(1).optional(),
    /** Made from a `tagSelector`; AWS has no such field. */
    tagExpressionList: z.array(tagExpression).min(1).optional(),
    storageClass: absent(`selects by storage class, ${NOT_ON_DISK}`).optional(),
    countType,
    countUnit: z.string().optional(),
    countNumber: z.int().min(1),
  })
  .superRefine((value, context) => {
    for (const [field, message] of selectionProblems(value)) {
      context.addIssue({ code: 'custom', message, path: [field] });
    }
  });

type Selection = {
  readonly tagStatus: string;
  readonly tagPatternList?: readonly string[] | undefined;
  readonly tagPrefixList?: readonly string[] | undefined;
  readonly tagExpressionList?: readonly string[] | undefined;
  readonly countType: string;
  readonly countUnit?: string | undefined;
};

function selectionProblems(value: Selection): [keyof Selection, string][] {
  const { tagStatus, tagPatternList: patterns, tagPrefixList: prefixes } = value;
  const out: [keyof Selection, string][] = [];
  if (tagStatus === 'tagged') {
    if (patterns === undefined && prefixes === undefined && value.tagExpressionList === undefined) {
      out.push(['tagStatus', '"tagged" requires a tagPatternList or a tagPrefixList']);
    }
    if (patterns !== undefined && prefixes !== undefined) {
      out.push(['tagPrefixList', 'a rule has a tagPatternList or a tagPrefixList, not both']);
    }
  } else {
    const message = `is only allowed with tagStatus "tagged", not with "${tagStatus}"`;
    if (patterns !== undefined) out.push(['tagPatternList', message]);
    if (prefixes !== undefined) out.push(['tagPrefixList', message]);
  }
  return [...out, ...unitProblems(value)];
}

function unitProblems({ countType: type, countUnit }: Selection): [keyof Selection, string][] {
  if (type.startsWith('sinceImage') && countUnit !== 'days') {
    return [['countUnit', `${type} requires countUnit "days"`]];
  }
  if (type === 'imageCountMoreThan' && countUnit !== undefined) {
    return [['countUnit', 'is only allowed with sinceImagePushed and sinceImagePulled']];
  }
  return [];
}

const action = z.strictObject({
  type: z.string().superRefine((text, context) => {
    if (text === 'expire') return;
    const known = text === 'transition' || text === 'archive';
    const message = known
      ? `${text} moves images to another storage class, ${NOT_ON_DISK}`
      : `unknown action "${text}"; only expire is supported`;
    context.addIssue({ code: 'custom', message });
  }),
  targetStorageClass: absent(`names a storage class, ${NOT_ON_DISK}`).optional(),
});

const rule = z.strictObject({
  rulePriority: z.int().min(1),
  description: z.string().optional(),
  selection,
  action,
});

export const ecrSchema = z.strictObject({ rules: z.array(rule).min(1) });
export type EcrDocument = z.infer<typeof ecrSchema>;

/** The output of `aws ecr get-lifecycle-policy` and `put-lifecycle-policy`. */
export const envelopeSchema = z.strictObject({
  lifecyclePolicyText: z.string(),
  registryId: z.string().optional(),
  repositoryName: z.string().optional(),
  lastEvaluatedAt: z.union([z.string(), z.number()]).optional(),
});
