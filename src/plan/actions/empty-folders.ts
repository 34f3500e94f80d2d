/** Empty folders that may go: never one that a live repository needs, nor one that isn't understood. */
import type { Facts } from '../../facts/types.js';
import type { Marks } from '../../graph/types.js';
import { REPOSITORIES } from '../../storage/layout.js';
import { mayChange } from './removal-rules.js';

/** An empty folder found by the scan, seen from the repository that it lies in. */
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

/** Namespaces that hold nothing but such namespaces: full names, deepest first. */
export function emptyNamespaces(facts: Facts, marks: Marks): string[] {
  const staying = new Set<string>();
  for (const { name, repository, foreign, immovable } of facts.namespaces) {
    const odd = foreign || immovable || !isOrdinary(name) || !marks.options.inScope(name);
    if (!repository && !odd) continue;
    for (let at = name; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/'))))
      staying.add(at);
  }
  return facts.namespaces
    .map(({ name }) => name)
    .filter((name) => !staying.has(name))
    .reverse();
}

/** `lost+found`, `.snapshot` and the like are somebody else's. */
function isOrdinary(name: string): boolean {
  return /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/.test(name.slice(name.lastIndexOf('/') + 1));
}
