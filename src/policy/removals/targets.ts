/** Finds what the targets of `rm` name in the tree. Repositories and tags may be globs. */
import { type Facts, nodeOf, positionIn, type RepositoryFacts } from '../../facts/types.js';
import type { Digest } from '../../storage/digest.js';
import { compilePattern, type Matcher, type Subject } from '../../util/pattern/index.js';

export interface Target {
  /** As the user wrote it. */
  readonly text: string;
  /** A name or a glob; `tag` too. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** The targets found, by repository, each with the text that named it. */
export interface Named {
  readonly repositories: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly digests: ReadonlyMap<string, ReadonlyMap<Digest, string>>;
}

/** A target that matches nothing, with the known words for a suggestion. */
export interface MissingTarget {
  readonly target: string;
  /** `repository`, `tag` or `manifest`. */
  readonly what: string;
  readonly word: string;
  readonly known: readonly string[];
  /** The text before `word` in a complete reference. */
  readonly prefix: string;
}

export interface ResolvedTargets {
  readonly named: Named;
  readonly missing: readonly MissingTarget[];
}

/**
 * @returns what the targets name, and those that match nothing
 * @throws RegsweepError `usage` if a pattern is invalid
 */
export function resolveTargets(facts: Facts, targets: readonly Target[]): ResolvedTargets {
  const repositories = new Map<string, string>();
  const tags = new Map<string, Map<string, string>>();
  const digests = new Map<string, Map<Digest, string>>();
  const missing: MissingTarget[] = [];
  for (const target of targets) {
    const names = facts.repositories.map(({ name }) => name);
    const matches = matcherFor(target.repository, names, 'repository');
    const found = facts.repositories.filter(({ name }) => matches(name));
    if (found.length === 0) missing.push(noRepository(facts, target));
    else if (target.digest !== undefined) {
      const holding = found.filter((one) => links(facts, one, target.digest!));
      for (const { name } of holding) add(digests, name, target.digest, target.text);
      if (holding.length === 0) missing.push(noManifest(target));
    } else if (target.tag !== undefined) {
      if (!addTags(tags, found, target)) missing.push(noTag(found, target));
    } else for (const { name } of found) repositories.set(name, target.text);
  }
  return { named: { repositories, tags, digests }, missing };
}

/** An existing name matches literally, whatever characters it has. Any other text is a pattern. */
function matcherFor(text: string, known: readonly string[], subject: Subject): Matcher {
  return known.includes(text) ? (name) => name === text : compilePattern(text, subject);
}

function add<K, V>(into: Map<string, Map<K, V>>, name: string, key: K, value: V): void {
  const map = into.get(name) ?? new Map<K, V>();
  into.set(name, map);
  if (!map.has(key)) map.set(key, value);
}

function addTags(
  into: Map<string, Map<string, string>>,
  found: readonly RepositoryFacts[],
  { tag, text }: Target,
): boolean {
  let any = false;
  const known = found.flatMap(({ tags }) => tags.names);
  const matches = matcherFor(tag!, known, 'tag');
  for (const { name, tags } of found) {
    for (const one of tags.names.filter((known) => matches(known))) {
      add(into, name, one, text);
      any = true;
    }
  }
  return any;
}

function links(facts: Facts, { revisions, tags }: RepositoryFacts, digest: Digest): boolean {
  const node = nodeOf(facts, digest);
  if (node === undefined) return false;
  return positionIn(revisions.node, node) >= 0 || tags.target.includes(node);
}

function noRepository(facts: Facts, { text, repository, tag, digest }: Target): MissingTarget {
  const rest = digest === undefined ? (tag === undefined ? '' : `:${tag}`) : `@${digest}`;
  const known = facts.repositories.map(({ name }) => `${name}${rest}`);
  return { target: text, what: 'repository', word: `${repository}${rest}`, known, prefix: '' };
}

function noTag(
  found: readonly RepositoryFacts[],
  { text, repository, tag }: Target,
): MissingTarget {
  const known = found.flatMap(({ tags }) => tags.names);
  return { target: text, what: 'tag', word: tag!, known, prefix: `${repository}:` };
}

const noManifest = ({ text, digest }: Target): MissingTarget => ({
  target: text,
  what: 'manifest',
  word: digest!,
  known: [],
  prefix: '',
});
