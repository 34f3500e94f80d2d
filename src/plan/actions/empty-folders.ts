/**
 * Decides which empty folders may be removed: none that a live repository needs, and no unknown
 * one.
 */
import type { Facts } from '../../facts/types.js';
import type { Marks } from '../../graph/types.js';
import { REPOSITORIES } from '../../storage/layout.js';
import { mayChange } from './removal-rules.js';

/** Whether an empty folder may be removed, by the repository that contains it. */
export function isTidyable(
  facts: Facts,
  marks: Marks,
  dead: ReadonlySet<string>,
  path: string,
): boolean {
  if (!path.startsWith(`${REPOSITORIES}/`)) return marks.options.kinds.has('empty-directory');
  const name = path.slice(REPOSITORIES.length + 1).split(/\/_(?:manifests|layers|uploads)\//)[0]!;
  const repository = repositoryNamed(facts, name);
  return repository !== undefined && mayChange(repository, marks) && !dead.has(name);
}

const byName = new WeakMap<Facts, Map<string, Facts['repositories'][number]>>();

function repositoryNamed(facts: Facts, name: string): Facts['repositories'][number] | undefined {
  let map = byName.get(facts);
  if (map === undefined) {
    map = new Map(facts.repositories.map((one) => [one.name, one]));
    byName.set(facts, map);
  }
  return map.get(name);
}

/** @returns full names of namespaces without any repository or unknown folder, deepest first */
export function emptyNamespaces(facts: Facts, marks: Marks): string[] {
  const kept = new Set<string>();
  for (const { name, repository, foreign, immovable } of facts.namespaces) {
    const mustStay = foreign || immovable || !isOrdinary(name) || !marks.options.inScope(name);
    if (!repository && !mustStay) continue;
    for (let at = name; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) kept.add(at);
  }
  return facts.namespaces
    .map(({ name }) => name)
    .filter((name) => !kept.has(name))
    .reverse();
}

/** False for names such as `lost+found` and `.snapshot`, which registries don't create. */
function isOrdinary(name: string): boolean {
  return /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/.test(name.slice(name.lastIndexOf('/') + 1));
}
