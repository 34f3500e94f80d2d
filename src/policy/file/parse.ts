/** Reads a policy file: an AWS ECR lifecycle policy, the AWS CLI's output, or our own wrapper. */
import { RegsweepError } from '../../util/errors.js';
import type { EcrRetention, EcrRule, KeepRetention, Policy, PolicyEntry } from '../model/types.js';
import { type PolicyProblem, PositionedText } from './positioned-text.js';
import { type EcrDocument, ecrSchema, envelopeSchema } from './schema-ecr.js';
import { type WrapperDocument, wrapperSchema } from './schema-wrapper.js';
import { validate } from './validate.js';

type Form = 'ecr' | 'envelope' | 'wrapper';

/**
 * @param text the file's content, JSON or YAML
 * @param file its name, for messages, and the folder that each `policyFile` is relative to
 * @param loadFile returns another file's content; gets the path joined to the folder of `file`
 * @throws RegsweepError `usage`: each problem on a line, as `file:line:column: path: what`
 */
export function parsePolicy(
  text: string,
  file: string,
  loadFile: (path: string) => string,
): Policy {
  const source = new PositionedText(text, file);
  if (formOf(source) !== 'wrapper') {
    const retention = ecrFrom(source);
    const at = source.at([]);
    return {
      file,
      protect: { tags: [], digests: [] },
      entries: [{ match: ['**'], retention, at }],
    };
  }
  const { protect, repositories } = validate(wrapperSchema, source);
  const load = (path: string, place: string) => loadRetention(path, place, source, loadFile);
  return {
    file,
    protect,
    entries: repositories.map((entry, i) => entryOf(entry, source.at(['repositories', i]), load)),
  };
}

/** @throws RegsweepError `usage` where it is none of the three */
function formOf(source: PositionedText): Form {
  const value = source.value();
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if ('lifecyclePolicyText' in value) return 'envelope';
    if ('version' in value || 'repositories' in value) return 'wrapper';
    if ('rules' in value) return 'ecr';
  }
  const message =
    'is no policy: it has neither "rules" (an ECR lifecycle policy), nor "lifecyclePolicyText" (the AWS CLI’s output), nor "version" and "repositories"';
  throw source.error([{ path: [], message }]);
}

function ecrFrom(source: PositionedText): EcrRetention {
  if (formOf(source) !== 'envelope') return ecrRetention(source);
  const { lifecyclePolicyText, repositoryName } = validate(envelopeSchema, source);
  const place = `${source.at(['lifecyclePolicyText'])}: lifecyclePolicyText`;
  const inner = ecrRetention(new PositionedText(lifecyclePolicyText, source.file, place));
  return repositoryName === undefined ? inner : { ...inner, awsRepository: repositoryName };
}

function ecrRetention(source: PositionedText): EcrRetention {
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
  return {
    priority: rulePriority,
    ...(description === undefined ? {} : { description }),
    selection: {
      tagStatus,
      ...(patterns === undefined ? {} : { patterns }),
      ...(prefixes === undefined ? {} : { prefixes }),
    },
    limit:
      selection.countType === 'imageCountMoreThan'
        ? { kind: 'count', images: countNumber }
        : { kind: 'age', days: countNumber },
    at,
  };
}

/** What AWS forbids between rules: equal priorities, equal selections, `any` before another rule. */
function clashes(rules: readonly RuleDocument[]): PolicyProblem[] {
  const priorities = new Map<number, number>();
  const selections = new Map<string, number>();
  const highest = Math.max(...rules.map((rule) => rule.rulePriority));
  return rules.flatMap((rule, i) => {
    const out: PolicyProblem[] = [];
    const samePriority = priorities.get(rule.rulePriority);
    if (samePriority !== undefined) {
      const message = `rules[${samePriority}] has the priority ${rule.rulePriority} too`;
      out.push({ path: ['rules', i, 'rulePriority'], message });
    }
    const key = selectionKey(rule);
    const sameSelection = selections.get(key);
    if (sameSelection !== undefined) {
      const message = `selects the same images as rules[${sameSelection}]; only one rule may`;
      out.push({ path: ['rules', i, 'selection'], message });
    }
    if (rule.selection.tagStatus === 'any' && rule.rulePriority !== highest) {
      const message = `a rule for "any" comes last: its priority must be the highest number (${highest} is)`;
      out.push({ path: ['rules', i, 'rulePriority'], message });
    }
    if (samePriority === undefined) priorities.set(rule.rulePriority, i);
    if (sameSelection === undefined) selections.set(key, i);
    return out;
  });
}

function selectionKey({ selection }: RuleDocument): string {
  const { tagStatus, tagPatternList = [], tagPrefixList = [] } = selection;
  return JSON.stringify([tagStatus, [...tagPatternList].sort(), [...tagPrefixList].sort()]);
}

type EntryDocument = WrapperDocument['repositories'][number];

function entryOf(
  entry: EntryDocument,
  at: string,
  load: (path: string, place: string) => EcrRetention,
): PolicyEntry {
  const { match, policyFile } = entry;
  const retention = policyFile === undefined ? keepOf(entry, at) : load(policyFile, at);
  return { match, retention, at };
}

function keepOf(entry: EntryDocument, at: string): KeepRetention {
  const { keepLast, keepWithin, keepTags, minAge, ageBy = 'pushed' } = entry;
  return {
    kind: 'keep',
    ...(keepLast === undefined ? {} : { keepLast }),
    ...(keepWithin === undefined ? {} : { keepWithin }),
    ...(keepTags === undefined ? {} : { keepTags }),
    ...(minAge === undefined ? {} : { minAge }),
    ageBy,
    at,
  };
}

function loadRetention(
  policyFile: string,
  at: string,
  source: PositionedText,
  loadFile: (path: string) => string,
): EcrRetention {
  const { file } = source;
  const folder = policyFile.startsWith('/') ? '' : file.slice(0, file.lastIndexOf('/') + 1);
  const path = `${folder}${policyFile}`;
  let text: string;
  try {
    text = loadFile(path);
  } catch (cause) {
    const message = `${at}: policyFile ${path} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new RegsweepError('usage', message, {
      path,
      cause,
      remedy: `give a file that exists, relative to ${file}`,
    });
  }
  const loaded = new PositionedText(text, path);
  if (formOf(loaded) !== 'wrapper') return ecrFrom(loaded);
  throw loaded.error([
    {
      path: [],
      message: 'a policyFile holds an ECR lifecycle policy, not another list of repositories',
    },
  ]);
}
