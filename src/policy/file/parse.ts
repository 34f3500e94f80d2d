/**
 * Parses a policy file: an AWS ECR lifecycle policy, the AWS CLI's output, or regsweep's own form.
 */
import { parseDuration } from '../../util/duration.js';
import { RegsweepError } from '../../util/errors.js';
import { shellWord } from '../../util/shell-quote.js';
import { toolOf } from '../convert/recognize.js';
import type {
  EcrRetention,
  KeepRetention,
  KeepRule,
  MaxDelete,
  Policy,
  PolicyEntry,
} from '../model/types.js';
import { readDialects } from './dialects.js';
import { ecrFrom } from './parse-ecr.js';
import { PositionedText } from './positioned-text.js';
import { type WrapperDocument, wrapperSchema } from './schema-wrapper.js';
import { validate } from './validate.js';

type Form = 'ecr' | 'envelope' | 'wrapper';

/**
 * @param text content of the file, JSON or YAML
 * @param file its name, for messages; a `policyFile` is relative to its folder
 * @param loadFile returns the content of another file; its argument is the path joined to the
 *   folder of `file`
 * @throws RegsweepError `usage` with one problem per line: `file:line:column: path: problem`
 */
export function parsePolicy(
  text: string,
  file: string,
  loadFile: (path: string) => string,
): Policy {
  const source = new PositionedText(text, file);
  const form = formOf(source);
  if (form !== 'wrapper') {
    const retention = ecrFrom(source, form);
    const at = source.at([]);
    return {
      file,
      protect: { tags: [], digests: [] },
      entries: [{ match: ['**'], retention, at }],
      ...readingsOf(source.readings),
    };
  }
  readDialects(source, 'wrapper');
  const { protect, repositories, maxDelete } = validate(wrapperSchema, source);
  const load = (path: string, place: string) => loadRetention(path, place, source, loadFile);
  const entries = repositories.map((entry, i) =>
    entryOf(entry, source.at(['repositories', i]), load),
  );
  return {
    file,
    protect: protectOf(protect),
    ...(maxDelete === undefined ? {} : { maxDelete: maxDeleteOf(maxDelete) }),
    entries,
    ...readingsOf(source.readings),
  };
}

/** @throws RegsweepError `usage` if it is none of the three */
function formOf(source: PositionedText): Form {
  const value = source.value();
  const tool = toolOf(value);
  if (tool !== undefined) {
    throw source.error(
      [{ path: [], message: `is a policy of ${tool.name}, which regsweep doesn’t read` }],
      `convert it, and check the result:\nregsweep policy convert ${shellWord(source.file)} > policy.yaml`,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const keys = Object.keys(value).map((key) => key.toLowerCase());
    if ('lifecyclePolicyText' in value) return 'envelope';
    if (keys.includes('version') || keys.includes('repositories')) return 'wrapper';
    if (keys.includes('rules')) return 'ecr';
  }
  const message =
    'is not a policy: it has neither "rules" (an ECR lifecycle policy), nor "lifecyclePolicyText" (the AWS CLI’s output), nor "version" and "repositories"';
  throw source.error([{ path: [], message }]);
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
  const { rules, ageBy = 'pushed' } = entry;
  const grouped = rules !== undefined;
  const all = rules?.map((rule) => keepRule(rule, rule.tags ?? 'untagged', rule.exceptTags));
  return { kind: 'keep', rules: all ?? [keepRule(entry, 'all')], grouped, ageBy, at };
}

type Criteria = Omit<RuleOfEntry, 'tags' | 'exceptTags' | 'untagged'>;
type RuleOfEntry = NonNullable<EntryDocument['rules']>[number];

function keepRule(
  criteria: Criteria,
  select: KeepRule['select'],
  except?: readonly string[],
): KeepRule {
  const { keepLast, keepWithin, pulledWithin, keepTags, minAge, sortBy = 'pushed' } = criteria;
  const seconds = (text: string): number => parseDuration(text)!;
  return {
    select,
    ...(except === undefined ? {} : { except }),
    sortBy,
    ...(keepLast === undefined ? {} : { keepLast }),
    ...(keepWithin === undefined ? {} : { keepWithin: seconds(keepWithin) }),
    ...(pulledWithin === undefined ? {} : { pulledWithin: seconds(pulledWithin) }),
    ...(keepTags === undefined ? {} : { keepTags }),
    ...(minAge === undefined ? {} : { minAge: seconds(minAge) }),
  };
}

const readingsOf = (readings: readonly string[]): Pick<Policy, 'readings'> =>
  readings.length === 0 ? {} : { readings };

function protectOf({ tags, digests, latest }: WrapperDocument['protect']): Policy['protect'] {
  return { tags: latest && !tags.includes('latest') ? ['latest', ...tags] : tags, digests };
}

function maxDeleteOf(limit: NonNullable<WrapperDocument['maxDelete']>): MaxDelete {
  if (typeof limit === 'number') return { images: limit };
  if (typeof limit === 'string') return { share: Number.parseFloat(limit) / 100 };
  const { share, images } = { share: undefined, ...limit };
  return {
    ...(share === undefined ? {} : { share: Number.parseFloat(share) / 100 }),
    ...(images === undefined ? {} : { images }),
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
      remedy: `policyFile must exist; its path is relative to ${file}`,
    });
  }
  const loaded = new PositionedText(text, path);
  const form = formOf(loaded);
  if (form !== 'wrapper') {
    const retention = ecrFrom(loaded, form);
    source.readings.push(...loaded.readings.filter((line) => !source.readings.includes(line)));
    return retention;
  }
  throw loaded.error([
    {
      path: [],
      message: 'a policyFile must contain an ECR lifecycle policy, not a list of repositories',
    },
  ]);
}
