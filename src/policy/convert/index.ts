/** `policy convert`: another program's policy, or an article's, in regsweep's or in ECR's own form. */
import { usageError } from '../../util/errors.js';
import { parsePolicy } from '../file/parse.js';
import { PositionedText } from '../file/positioned-text.js';
import type { EcrRetention } from '../model/types.js';
import { conversionText } from './conversion.js';
import { toolOf } from './recognize.js';

/** @throws RegsweepError `usage` where it is no policy that is known */
export function convertPolicy(text: string, file: string): string {
  const tool = toolOf(new PositionedText(text, file).value());
  if (tool !== undefined) return conversionText(tool.convert(), tool.name, file);
  const policy = parsePolicy(text, file, (path) => {
    throw new Error(`${path}: a policy for many repositories is converted file by file`);
  });
  const retention = policy.entries[0]!.retention;
  if (retention.kind !== 'ecr') throw usageError(`${file} is in regsweep's own form already`);
  return `${JSON.stringify(ecrDocument(retention), undefined, 2)}\n`;
}

/** @throws RegsweepError `usage` where AWS has no word for it */
function ecrDocument({ rules }: EcrRetention): unknown {
  return {
    rules: rules.map(({ priority, description, selection, limit }) => {
      const { tagStatus, patterns, prefixes, expressions } = selection;
      if (expressions !== undefined) {
        throw usageError(
          `rule ${priority} selects by a regular expression, for which ECR has no word: ${expressions.join(', ')}`,
          'write it as a group: rules: [{ tags: ["/…/"], … }]',
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
