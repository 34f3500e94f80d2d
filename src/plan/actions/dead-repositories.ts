/** Dead repositories as the folders that go: the topmost folder beneath which nothing lives. */
import type { Facts, RepositoryFacts } from '../../facts/types.js';
import type { Marks } from '../../graph/types.js';
import { repositoryPath } from '../../storage/layout.js';
import type { Action } from '../types.js';
import { isDead } from './removal-rules.js';

export interface DeadRepositories {
  readonly names: ReadonlySet<string>;
  readonly actions: readonly Action[];
}

export function deadRepositories(facts: Facts, marks: Marks): DeadRepositories {
  const names = new Set<string>();
  facts.repositories.forEach(({ name }, i) => {
    if (isDead(facts, marks, i)) names.add(name);
  });
  if (names.size === 0) return { names, actions: [] };
  const living = foldersThatStay(facts, names);
  const folders = new Map<string, RepositoryFacts[]>();
  for (const repository of facts.repositories) {
    const { name } = repository;
    if (!names.has(name)) continue;
    const top = living.has(name) ? name : topmost(living, name);
    const within = folders.get(top);
    if (within === undefined) folders.set(top, [repository]);
    else within.push(repository);
  }
  const actions: Action[] = [];
  for (const [top, within] of folders) {
    const found = living.has(top) ? partsOf(within[0]!, living) : [wholeFolder(top, within)];
    const reason = chosenReason(marks, within);
    actions.push(...found.map((action) => (reason === undefined ? action : { ...action, reason })));
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

/** Folders that hold something alive, or not understood, somewhere beneath. */
function foldersThatStay(facts: Facts, dead: ReadonlySet<string>): Set<string> {
  const living = new Set<string>(['']);
  for (const { name, repository, foreign, immovable, empty } of facts.namespaces) {
    const stays = foreign || immovable || (repository ? !dead.has(name) : empty);
    if (!stays) continue;
    for (
      let at = name;
      at !== '' && !living.has(at);
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')))
    ) {
      living.add(at);
    }
  }
  return living;
}

function topmost(living: ReadonlySet<string>, name: string): string {
  let top = name;
  for (let slash = top.lastIndexOf('/'); slash > 0; slash = top.lastIndexOf('/')) {
    const parent = top.slice(0, slash);
    if (living.has(parent)) break;
    top = parent;
  }
  return top;
}

/** @param within the repositories in the folder, of which the first may be the folder itself */
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

/** Something lives in its folder (a nested repository): only its own parts go, unless it lives in one of them. */
function partsOf({ name, parts }: RepositoryFacts, living: ReadonlySet<string>): Action[] {
  const reason =
    'no tag, no manifest, and no recent upload or layer link; another repository lies in it';
  const going = parts.filter((part) => !living.has(`${name}/${part}`));
  return going.sort().map((part) => ({
    kind: 'repository',
    path: `${repositoryPath(name)}/${part}`,
    repository: name,
    reason,
  }));
}
