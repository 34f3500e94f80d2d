/** Finds dead repositories and the folders to remove: the topmost ones without anything in use. */
import type { Facts, RepositoryFacts } from '../../facts/types.js';
import type { Marks } from '../../graph/types.js';
import { repositoryPath } from '../../storage/layout.js';
import type { Action } from '../types.js';
import { isDead } from './removal-rules.js';

export interface DeadRepositories {
  readonly names: ReadonlySet<string>;
  readonly actions: readonly Action[];
}

/** @returns the names of all dead repositories, and the actions that remove them */
export function deadRepositories(facts: Facts, marks: Marks): DeadRepositories {
  const names = new Set<string>();
  facts.repositories.forEach(({ name }, i) => {
    if (isDead(facts, marks, i)) names.add(name);
  });
  if (names.size === 0) return { names, actions: [] };
  const kept = keptFolders(facts, names);
  const folders = new Map<string, RepositoryFacts[]>();
  for (const repository of facts.repositories) {
    const { name } = repository;
    if (!names.has(name)) continue;
    const top = kept.has(name) ? name : topmost(kept, name);
    const within = folders.get(top);
    if (within === undefined) folders.set(top, [repository]);
    else within.push(repository);
  }
  const actions: Action[] = [];
  for (const [top, within] of folders) {
    const found = kept.has(top) ? partsOf(within[0]!, kept) : [wholeFolder(top, within)];
    const reason = chosenReason(marks, within);
    for (const action of found) actions.push(reason === undefined ? action : { ...action, reason });
  }
  return { names, actions };
}

function chosenReason(marks: Marks, within: readonly RepositoryFacts[]): string | undefined {
  for (const { name } of within) {
    const removal = marks.options.removals.repository?.(name);
    if (removal !== undefined) return removal.reason;
  }
  return undefined;
}

/** Folders with something in use, or unknown, at any depth. */
function keptFolders(facts: Facts, dead: ReadonlySet<string>): Set<string> {
  const kept = new Set<string>(['']);
  for (const { name, repository, foreign, immovable, empty } of facts.namespaces) {
    const isKept = foreign || immovable || (repository ? !dead.has(name) : empty);
    if (!isKept) continue;
    for (
      let at = name;
      at !== '' && !kept.has(at);
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')))
    ) {
      kept.add(at);
    }
  }
  return kept;
}

function topmost(kept: ReadonlySet<string>, name: string): string {
  let top = name;
  for (let slash = top.lastIndexOf('/'); slash > 0; slash = top.lastIndexOf('/')) {
    const parent = top.slice(0, slash);
    if (kept.has(parent)) break;
    top = parent;
  }
  return top;
}

/** @param within the dead repositories in the folder; one may be the folder itself */
function wholeFolder(name: string, within: readonly RepositoryFacts[]): Action {
  const reason =
    within.length === 1
      ? 'no tag, no manifest, and no recent upload or layer link'
      : `${within.length} repositories without tag, manifest, and recent upload or layer link`;
  const only = within.length === 1 ? within[0]!.name : undefined;
  const repository = only ?? within.find((one) => one.name === name)?.name;
  const action: Action = { kind: 'repository', path: repositoryPath(name), reason };
  return repository === undefined ? action : { ...action, repository };
}

/** Removes only the repository's own parts, since its folder contains something in use. */
function partsOf({ name, parts }: RepositoryFacts, kept: ReadonlySet<string>): Action[] {
  const reason =
    'no tag, no manifest, and no recent upload or layer link; it contains another repository';
  const removed = parts.filter((part) => !kept.has(`${name}/${part}`));
  return removed.sort().map((part) => ({
    kind: 'repository',
    path: `${repositoryPath(name)}/${part}`,
    repository: name,
    reason,
  }));
}
