/** The page's data as a tree, by measure and grouping. */
import { HOLDER, type OwnerPlace, type PageData } from '../../data.js';
import { AGE_NAMES, blobs, holderName, NO_REPOSITORY, repositoryName } from '../format.js';

export const METRICS = ['disk', 'logical', 'unique', 'reclaimable'] as const;
export type Metric = (typeof METRICS)[number];
export const GROUPINGS = ['namespace', 'repository', 'tag', 'age'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** A group, a blob, or a sum of small blobs. */
export interface Item {
  readonly name: string;
  /** Bytes: of a leaf, its own; of a group, the sum of everything below it. */
  value: number;
  count: number;
  readonly children: Item[] | undefined;
  /** Of a leaf: its position in STATE_NAMES. */
  readonly state: number;
  /** Row of the blob, or -1. */
  readonly blob: number;
}

const QUARANTINED = 4;

const LIVE = 0;
const GARBAGE = 2;

class Group implements Item {
  value = 0;
  count = 0;
  readonly children: Item[] = [];
  readonly state = -1;
  readonly blob = -1;
  readonly #groups = new Map<string, Group>();
  readonly #sums = new Map<string, Sum>();

  constructor(readonly name: string) {}

  at(path: readonly string[]): Group {
    let group: Group = this;
    for (const name of path) group = group.#child(name);
    return group;
  }

  #child(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name);
      this.#groups.set(name, group);
      this.children.push(group);
    }
    return group;
  }

  /** Adds to the leaf that sums up small blobs of this state. @param what the leaf's name */
  addSmall(what: string, state: number, value: number, count: number): void {
    const key = `${state} ${what}`;
    const sum = this.#sums.get(key) ?? { what, state, value: 0, count: 0 };
    sum.value += value;
    sum.count += count;
    this.#sums.set(key, sum);
  }

  /** Sums up and sorts the items of a group, the largest first. */
  settle(): this {
    for (const group of this.#groups.values()) group.settle();
    for (const { what, state, value, count } of this.#sums.values()) {
      this.children.push(leaf(`${blobs(count)}, ${what}`, value, count, state));
    }
    for (const { value, count } of this.children) {
      this.value += value;
      this.count += count;
    }
    this.children.sort((a, b) => b.value - a.value);
    return this;
  }
}

interface Sum {
  readonly what: string;
  readonly state: number;
  value: number;
  count: number;
}

interface Amount {
  readonly state: number;
  readonly place: OwnerPlace;
  readonly bytes: number;
  readonly disk: number;
}

/** The bytes that a blob, or a sum of blobs, counts in its group. */
const VALUES: Readonly<Record<Metric, (amount: Amount) => number>> = {
  disk: ({ disk }) => disk,
  logical: ({ state, place, bytes }) => (state === LIVE && place[1] !== HOLDER.shared ? bytes : 0),
  unique: ({ state, place, disk }) => (state === LIVE && place[0] >= 0 ? disk : 0),
  reclaimable: ({ state, disk }) => (state === GARBAGE ? disk : 0),
};

export function groupsOf(data: PageData, metric: Metric, grouping: Grouping): Item {
  const root = new Group('all');
  const pathOf = pathsOf(data, grouping);
  addBlobs(data, root, VALUES[metric], pathOf);
  addRest(data, root, VALUES[metric], pathOf);
  if (metric === 'logical') addShared(data, root, pathOf);
  if (metric === 'disk' && data.totals.quarantined.diskBytes > 0) {
    const { diskBytes } = data.totals.quarantined;
    root.children.push(leaf('in quarantine', diskBytes, 0, QUARANTINED));
  }
  return root.settle();
}

type PathOf = (place: OwnerPlace, age: number) => readonly string[];

function pathsOf(data: PageData, grouping: Grouping): PathOf {
  return ([repository, holder], age) => {
    const name = repository < 0 ? NO_REPOSITORY.get(holder)! : repositoryName(data, repository);
    if (grouping === 'age') return [AGE_NAMES[age]!, name];
    if (repository < 0 || grouping === 'repository') return [name];
    if (grouping === 'tag') return [name, holderName(data, [repository, holder])];
    return data.repositories[repository] === undefined ? [name] : name.split('/');
  };
}

const leaf = (name: string, value: number, count: number, state: number, blob = -1): Item => ({
  ...{ name, value, count, state, blob },
  children: undefined,
});

function addBlobs(
  { blobs: b, places }: PageData,
  root: Group,
  measure: (amount: Amount) => number,
  pathOf: PathOf,
): void {
  b.digest.forEach((digest, i) => {
    const place = places[b.place[i]!]!;
    const state = b.state[i]!;
    const value = measure({ state, place, bytes: b.bytes[i]!, disk: b.disk[i]! });
    if (value > 0)
      root.at(pathOf(place, b.age[i]!)).children.push(leaf(digest, value, 1, state, i));
  });
}

function addRest(
  { rest, places }: PageData,
  root: Group,
  measure: (amount: Amount) => number,
  pathOf: PathOf,
): void {
  rest.count.forEach((count, i) => {
    const place = places[rest.place[i]!]!;
    const state = rest.state[i]!;
    const value = measure({ state, place, bytes: rest.bytes[i]!, disk: rest.disk[i]! });
    const group = pathOf(place, rest.age[i]!);
    if (value > 0) root.at(group).addSmall('smaller', state, value, count);
  });
}

/** With apparent sizes, shared blobs count in each repository that uses them. */
function addShared({ blobs: b, shared }: PageData, root: Group, pathOf: PathOf): void {
  for (const [i, repositories] of b.sharers) {
    for (const repository of repositories) {
      const group = root.at(pathOf([repository, HOLDER.shared], b.age[i]!));
      group.children.push(leaf(b.digest[i]!, b.bytes[i]!, 1, LIVE, i));
    }
  }
  shared.count.forEach((count, i) => {
    const group = root.at(pathOf([shared.repository[i]!, HOLDER.shared], shared.age[i]!));
    group.addSmall('shared with other repositories', LIVE, shared.bytes[i]!, count);
  });
}
