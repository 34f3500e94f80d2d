/** Parses an AWS ECR lifecycle policy, as a file or inside the AWS CLI's output. */
import type { EcrRetention, EcrRule } from '../model/types.js';
import { readDialects } from './dialects.js';
import { type PolicyProblem, PositionedText } from './positioned-text.js';
import { type EcrDocument, ecrSchema, envelopeSchema } from './schema-ecr.js';
import { validate } from './validate.js';

/**
 * @param form `envelope` for the AWS CLI's output
 * @throws RegsweepError `usage` with one problem per line
 */
export function ecrFrom(source: PositionedText, form: 'ecr' | 'envelope'): EcrRetention {
  if (form !== 'envelope') return ecrRetention(source);
  const { lifecyclePolicyText, repositoryName } = validate(envelopeSchema, source);
  const place = `${source.at(['lifecyclePolicyText'])}: lifecyclePolicyText`;
  const text = new PositionedText(lifecyclePolicyText, source.file, place);
  const inner = ecrRetention(text);
  source.readings.push(...text.readings);
  return repositoryName === undefined ? inner : { ...inner, awsRepository: repositoryName };
}

function ecrRetention(source: PositionedText): EcrRetention {
  readDialects(source, 'ecr');
  const document = validate(ecrSchema, source);
  const problems = clashes(document.rules);
  if (problems.length > 0) throw source.error(problems);
  const rules = document.rules.map((rule, i) => ruleOf(rule, source.at(['rules', i])));
  rules.sort((a, b) => a.priority - b.priority);
  return { kind: 'ecr', rules, at: source.at([]) };
}

type RuleDocument = EcrDocument['rules'][number];

function ruleOf({ rulePriority, description, selection }: RuleDocument, at: string): EcrRule {
  const { tagStatus, tagPatternList: patterns, tagPrefixList: prefixes, countNumber } = selection;
  const { tagExpressionList: expressions } = selection;
  return {
    priority: rulePriority,
    ...(description === undefined ? {} : { description }),
    selection: {
      tagStatus,
      ...(patterns === undefined ? {} : { patterns }),
      ...(prefixes === undefined ? {} : { prefixes }),
      ...(expressions === undefined ? {} : { expressions }),
    },
    limit:
      selection.countType === 'imageCountMoreThan'
        ? { kind: 'count', images: countNumber }
        : {
            kind: selection.countType === 'sinceImagePulled' ? 'pulled' : 'age',
            days: countNumber,
          },
    at,
  };
}

/** Rules that AWS rejects: equal priorities, equal selections, an `any` rule that is not last. */
function clashes(rules: readonly RuleDocument[]): PolicyProblem[] {
  const priorities = new Map<number, number>();
  const selections = new Map<string, number>();
  const highest = Math.max(...rules.map((rule) => rule.rulePriority));
  return rules.flatMap((rule, i) => {
    const out: PolicyProblem[] = [];
    const samePriority = priorities.get(rule.rulePriority);
    if (samePriority !== undefined) {
      const message = `rules[${samePriority}] also has priority ${rule.rulePriority}`;
      out.push({ path: ['rules', i, 'rulePriority'], message });
    }
    const key = selectionKey(rule);
    const sameSelection = selections.get(key);
    if (sameSelection !== undefined) {
      const message = `selects the same images as rules[${sameSelection}]; only one rule may`;
      out.push({ path: ['rules', i, 'selection'], message });
    }
    if (rule.selection.tagStatus === 'any' && rule.rulePriority !== highest) {
      const message = `a rule for "any" must come last: its priority must be the highest number (now ${highest})`;
      out.push({ path: ['rules', i, 'rulePriority'], message });
    }
    if (samePriority === undefined) priorities.set(rule.rulePriority, i);
    if (sameSelection === undefined) selections.set(key, i);
    return out;
  });
}

function selectionKey({ selection }: RuleDocument): string {
  const { tagStatus, tagPatternList = [], tagPrefixList = [], tagExpressionList = [] } = selection;
  const lists = [tagPatternList, tagPrefixList, tagExpressionList].map((list) => [...list].sort());
  return JSON.stringify([tagStatus, ...lists]);
}
