/** Converts Harbor's tag retention. Harbor removes everything that no rule retains. */
import {
  type Conversion,
  type ConvertedEntry,
  type ConvertedRule,
  type Data,
  tagGlob,
} from './conversion.js';

const list = (value: unknown): Data[] => (Array.isArray(value) ? value : []);

export function fromHarbor(policy: Data): Conversion {
  const notes = new Set<string>([
    'Harbor removes images that no rule retains. Here images that no rule selects are kept. To remove them too, ' +
      'add a rule such as { tags: ["!(v*)"], keepWithin: 1d }.',
    'Harbor’s patterns apply within one project: add its name before the patterns in match.',
  ]);
  const entries = new Map<string, ConvertedEntry>();
  for (const rule of list(policy.rules)) {
    if (rule.disabled === true) {
      notes.add('A disabled rule was not converted.');
      continue;
    }
    const match = repositoriesOf(rule, notes);
    const entry = entries.get(match.join()) ?? { match, rules: [] };
    const converted = ruleOf(rule, notes);
    if (converted === undefined) continue;
    entry.rules!.push(...converted);
    entries.set(match.join(), entry);
  }
  if (entries.size > 1) {
    notes.add(
      'Several rules have different repositories: here only the first matching entry applies.',
    );
  }
  return { entries: [...entries.values()], notes: [...notes] };
}

function repositoriesOf({ scope_selectors: scopes }: Data, notes: Set<string>): string[] {
  const selectors = list((scopes as Data | undefined)?.repository);
  const globs = selectors.map(({ decoration, pattern }) => {
    if (decoration === 'repoExcludes') {
      notes.add(
        `repoExcludes ${pattern}: add an entry with keepTags: ["*"] for these repositories above the others.`,
      );
      return '**';
    }
    return String(pattern);
  });
  return globs.length === 0 ? ['**'] : globs;
}

function ruleOf(rule: Data, notes: Set<string>): ConvertedRule[] | undefined {
  const criteria = criteriaOf(rule, notes);
  if (criteria === undefined) return undefined;
  const selectors = list(rule.tag_selectors);
  const tags = selectors.map(({ decoration, pattern }) => {
    const glob = tagGlob(String(pattern));
    return decoration === 'excludes' ? `!(${asGroup(glob)})` : glob;
  });
  const withUntagged = selectors.some(({ extras }) => /"untagged":\s*true/.test(String(extras)));
  const { keepTags, ...rest } = criteria;
  const rules: ConvertedRule[] = [{ tags: tags.length === 0 ? ['*'] : tags, ...criteria }];
  if (withUntagged && Object.keys(rest).length > 0) rules.push({ untagged: true, ...rest });
  if (withUntagged && rest.keepLast !== undefined) {
    notes.add(
      'Harbor counts tagged and untagged artifacts together. Here each kind has its own count.',
    );
  }
  if (withUntagged && keepTags !== undefined)
    notes.add('"always" for untagged artifacts: they are kept here in any case.');
  return rules;
}

/** Braces make several patterns; within `!( )` each of them alone would exclude too little. */
const asGroup = (glob: string): string =>
  glob.replace(/\{([^{}]*)\}/g, (_, inner: string) => `@(${inner.replaceAll(',', '|')})`);

function criteriaOf({ template, params }: Data, notes: Set<string>): ConvertedRule | undefined {
  const number = Number((params as Data | undefined)?.[String(template)]);
  switch (template) {
    case 'latestPushedK':
    case 'latestActiveK':
      if (template === 'latestActiveK')
        notes.add('latestActiveK is converted to keepLast, which counts pushes, not pulls.');
      return { keepLast: number };
    case 'nDaysSinceLastPush':
      return { keepWithin: `${number}d` };
    case 'nDaysSinceLastPull':
      return { pulledWithin: `${number}d` };
    case 'always':
      return { keepTags: ['*'] };
    default:
      notes.add(
        `The template ${String(template)} can't be converted. Its rule was omitted, so its images are not selected.`,
      );
      return undefined;
  }
}
