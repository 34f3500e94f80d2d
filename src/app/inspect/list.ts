/** `ls`: repositories, or the tags of the named ones. `du`: sizes by namespace. */
import { NameTree } from '../../graph/sizes/name-tree.js';
import { type NameTreeUsage, nameTreeUsage } from '../../graph/sizes/name-tree-usage.js';
import { tagUsage } from '../../graph/sizes/tags.js';
import { ACTION_KINDS } from '../../plan/types.js';
import { analyzeReport } from '../../report/build/analyze.js';
import { jsonName, rawPath } from '../../report/build/names.js';
import type { DiskUsageReport, ListReport, NamespaceRow } from '../../report/model/listing.js';
import { usageError } from '../../util/errors.js';
import { nearest } from '../../util/nearest-word.js';
import { repositoryMatcher } from '../../util/pattern/glob-list.js';
import { shellWord } from '../../util/shell-quote.js';
import { type Context, runInfo, treeOf } from '../context.js';
import { scanAndMark } from '../scan/scan.js';
import { selectionOf } from '../select/selection.js';
import { measuredTree, withImmovable } from './measured-tree.js';

/**
 * @param repository a name or a glob
 * @throws RegsweepError `usage` if it matches nothing
 */
export async function list(context: Context, repository?: string): Promise<ListReport> {
  const { facts, marks, root } = await lookAt(context);
  const names = facts.repositories.map(({ name }) => name);
  requireNoTag(root, repository, names);
  const wanted = repository === undefined ? () => true : matcherOf(root, repository, names);
  const narrowed = repositoryMatcher(context.options.repo, context.options.exclude);
  const { repositories, tags } = analyzeReport({
    ...measuredTree(facts, marks),
    quarantined: { runs: 0, bytes: 0, diskBytes: 0 },
    run: runInfo(context),
    shows: (name) => wanted(name) && narrowed(name),
    details: false,
    ...(repository === undefined ? {} : { tagUsage: tagUsage(facts, marks) }),
  });
  const listed = { schemaVersion: 1, root, run: runInfo(context), repositories } as const;
  return tags === undefined ? listed : { ...listed, tags };
}

/** @returns sizes of the complete tree, of each namespace and of each repository */
export async function diskUsage(context: Context): Promise<DiskUsageReport> {
  const { facts, marks, root } = await lookAt(context);
  const tree = new NameTree(facts.repositories);
  const sizes = nameTreeUsage(facts, marks, tree);
  const namespaces = [
    ...rowsBelow(tree, sizes, 0, repositoryMatcher(context.options.repo, context.options.exclude)),
  ];
  return { schemaVersion: 1, root, run: runInfo(context), namespaces };
}

async function lookAt(context: Context) {
  const tree = await treeOf(context);
  const selection = { ...selectionOf(context.options), repo: [], exclude: [], kinds: ACTION_KINDS };
  const seen = await scanAndMark(context, tree, selection, { depth: 'brief' });
  return { facts: seen.facts, marks: withImmovable(seen), root: tree.rootDirectory };
}

function requireNoTag(root: string, what: string | undefined, names: readonly string[]): void {
  const repository = /^([^/:*{[]+(?:\/[^/:*{[]+)*)[:@][^/]+$/.exec(what ?? '')?.[1];
  if (what === undefined || repository === undefined || !names.includes(repository)) return;
  throw usageError(
    `"${what}" is an image; ls lists repositories, or the tags of one`,
    `to see its platforms and layers:\nregsweep explain --platform ${shellWord(what)} ${shellWord(root)}`,
  );
}

function matcherOf(
  root: string,
  repository: string,
  names: readonly string[],
): (name: string) => boolean {
  const matches = names.includes(repository)
    ? (name: string): boolean => name === repository
    : repositoryMatcher([repository]);
  if (names.some(matches)) return matches;
  const near = nearest(repository, names);
  throw usageError(
    `${repository} matches no repository`,
    near === undefined
      ? `to list them:\nregsweep ls --root ${shellWord(root)}`
      : `did you mean ${near}?`,
  );
}

function* rowsBelow(
  tree: NameTree,
  { bytes, unique, garbage, owner }: NameTreeUsage,
  number: number,
  shows: (name: string) => boolean,
): Generator<NamespaceRow> {
  const { name, depth, repository, children } = tree.nodes[number]!;
  const below = tree.repositoriesBelow(number);
  if (depth === 0 || below.some((index) => shows(tree.nodes[tree.ofRepository[index]!]!.name))) {
    yield {
      name: jsonName(name),
      ...rawPath(name),
      depth,
      repositories: below.length,
      bytes: bytes[number]!,
      uniqueBytes: unique[number]!,
      garbageBytes: garbage[number]!,
    };
  }
  if (repository >= 0 && children.length === 0) return;
  const largestFirst = [...children].sort((a, b) => bytes[b]! - bytes[a]!);
  for (const child of largestFirst) {
    yield* rowsBelow(tree, { bytes, unique, garbage, owner }, child, shows);
  }
}
