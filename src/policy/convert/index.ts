/**
 * `policy convert`: converts other programs' policies to regsweep's form, and dialects of ECR
 * policies to ECR's form.
 */
import { usageError } from '../../util/errors.js';
import { parsePolicy } from '../file/parse.js';
import { PositionedText } from '../file/positioned-text.js';
import type { EcrRetention } from '../model/types.js';
import { conversionText } from './conversion.js';
import { toolOf } from './recognize.js';

/**
 * @returns YAML in regsweep's form, or JSON in ECR's
 * @throws RegsweepError `usage` if the text is not a known policy
 */
export function convertPolicy(text: string, file: string): string {
  const tool = toolOf(new PositionedText(text, file).value());
  if (tool !== undefined) return conversionText(tool.convert(), tool.name, file);
  const policy = parsePolicy(text, file, (path) => {
    throw new Error(`${path}: a policy for several repositories must be converted file by file`);
  });
  const retention = policy.entries[0]!.retention;
  if (retention.kind !== 'ecr') throw usageError(`${file} is already in regsweep's form`);
  return `${JSON.stringify(ecrDocument(retention), undefined, 2)}\n`;
}

/** @throws RegsweepError `usage` if ECR can't express the policy */
function ecrDocument({ rules }: EcrRetention): unknown {
  return {
    rules: rules.map(({ priority, description, selection, limit }) => {
      const { tagStatus, patterns, prefixes, expressions } = selection;
      if (expressions !== undefined) {
        throw usageError(
          `rule ${priority} selects by a regular expression, which ECR does not support: ${expressions.join(', ')}`,
          'write it in regsweep’s form: rules: [{ tags: ["/…/"], … }]',
        );
      }
      return {
        rulePriority: priority,
        ...(description === undefined ? {} : { description }),
        selection: {
          tagStatus,
          ...(patterns === undefined ? {} : { tagPatternList: patterns }),
          ...(prefixes === undefined ? {} : { tagPrefixList: prefixes }),
          ...(limit.kind === 'count'
            ? { countType: 'imageCountMoreThan', countNumber: limit.images }
            : {
                countType: limit.kind === 'age' ? 'sinceImagePushed' : 'sinceImagePulled',
                countUnit: 'days',
                countNumber: limit.days,
              }),
        },
        action: { type: 'expire' },
      };
    }),
  };
}
