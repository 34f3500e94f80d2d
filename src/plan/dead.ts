/** Dead repositories as the folders that go: the topmost folder beneath which nothing lives. */
import type { Facts } from '../facts/types.js';
import type { Marks } from '../graph/types.js';
import { repositoryPath } from '../storage/layout.js';
import { isDead } from './judgement.js';
import type { Action } from './types.js';

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
  const actions: Action[] = [];
  for (const { name } of facts.repositories.filter((one) => names.has(one.name))) {
    const found = living.has(name)
      ? partsOf(facts, name, living)
      : [wholeFolder(topmost(living, name), facts, names)];
    const reason = marks.options.removals.repository?.(name)?.reason;
    actions.push(...found.map((action) => (reason === undefined ? action : { ...action, reason })));
  }
  return { names, actions: unique(actions) };
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

function wholeFolder(name: string, facts: Facts, dead: ReadonlySet<string>): Action {
  const within = facts.repositories.filter(
    (one) => dead.has(one.name) && (one.name === name || one.name.startsWith(`${name}/`)),
  );
  const reason =
    within.length === 1
      ? 'no tag, no manifest, and no recent upload or layer link'
      : `${within.length} repositories without tag, manifest, and recent upload or layer link`;
  const repository = within.length === 1 ? within[0]!.name : name;
  const action: Action = { kind: 'repository', path: repositoryPath(name), reason };
  return within.length === 1 || dead.has(name) ? { ...action, repository } : action;
}

/** Something lives in its folder (a nested repository): only its own parts go, unless it lives in one of them. */
function partsOf(facts: Facts, name: string, living: ReadonlySet<string>): Action[] {
  const { parts } = facts.repositories.find((one) => one.name === name)!;
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

function unique(actions: readonly Action[]): Action[] {
  return [...new Map(actions.map((action) => [action.path, action])).values()];
}
