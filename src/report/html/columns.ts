/** The blobs as columns for the page: large ones separately, all others summed up. */
import type { Facts, Node } from '../../facts/types.js';
import { Closures } from '../../graph/sizes/closures.js';
import { OWNER, type Owners } from '../../graph/sizes/owners.js';
import type { Marks } from '../../graph/types.js';
import {
  AGE_DAYS,
  type BlobColumns,
  type RestColumns,
  type SharedColumns,
  STATES,
} from './data.js';
import type { BlobView } from './disk.js';
import type { Places } from './places.js';

export interface ColumnInput {
  readonly facts: Facts;
  readonly marks: Marks;
  readonly owners: Owners;
  readonly places: Places;
  /** Blobs with a separate row, ascending. */
  readonly chosen: Uint32Array;
  readonly view: (node: Node) => BlobView;
  /** Maximum number of repositories listed per shared blob, and for all shared blobs together. */
  readonly sharers: number;
  readonly sharersInAll: number;
}

export interface Columns {
  readonly blobs: BlobColumns;
  readonly rest: RestColumns;
  readonly shared: SharedColumns;
  /** By repository: bytes on disk that it shares with others. */
  readonly sharedDisk: Float64Array;
}

const DAY = 86_400;

/** Position of the age group. @param newest seconds since 1970 */
function ageGroup(newest: number, now: number): number {
  const at = AGE_DAYS.findIndex((days) => newest > now - days * DAY);
  return at < 0 ? AGE_DAYS.length : at;
}

export function columnsOf(input: ColumnInput): Columns {
  const { facts, marks, places, chosen, view } = input;
  const { now } = marks.options;
  const blobs = { digest: [] as string[], ...lists('place', 'bytes', 'disk', 'state', 'age') };
  const rest = new Sums(['place', 'state', 'age'], ['count', 'bytes', 'disk']);
  let next = 0;
  for (let node = 0; node < facts.blobs.count; node++) {
    const { state, diskBytes } = view(node);
    const at = [places.of(node), STATES.indexOf(state), ageGroup(facts.blobs.newest(node), now)];
    if (chosen[next] !== node) {
      rest.add(at, [1, facts.blobs.size(node), diskBytes]);
      continue;
    }
    next += 1;
    blobs.digest.push(facts.blobs.digest(node));
    blobs.place.push(at[0]!);
    blobs.state.push(at[1]!);
    blobs.age.push(at[2]!);
    blobs.bytes.push(facts.blobs.size(node));
    blobs.disk.push(diskBytes);
  }
  const { sharers, ...sharedColumns } = sharing(input);
  return { blobs: { ...blobs, sharers }, rest: rest.columns, ...sharedColumns };
}

/** The repositories that share each chosen blob, and the rest that each repository shares. */
function sharing(
  input: ColumnInput,
): Pick<BlobColumns, 'sharers'> & Pick<Columns, 'shared' | 'sharedDisk'> {
  const { facts, marks, owners, places, chosen, view } = input;
  const rows = new Map<Node, { row: number; repositories: Set<number>; count: number }>();
  chosen.forEach((node, row) => {
    const isShared = owners.owner[node] === OWNER.shared && marks.reached.has(node);
    if (isShared) rows.set(node, { row, repositories: new Set(), count: 0 });
  });
  const sums = new Sums(['repository', 'age'], ['count', 'bytes']);
  const closures = new Closures(facts, marks);
  const sharedDisk = new Float64Array(facts.repositories.length);
  let room = input.sharersInAll;
  facts.repositories.forEach((_, i) => {
    const repository = places.repository(i);
    for (const node of closures.of(i)) {
      if (node >= facts.blobs.count || owners.owner[node] !== OWNER.shared) continue;
      sharedDisk[i]! += view(node).diskBytes;
      const row = rows.get(node);
      if (row !== undefined) row.count += 1;
      if (row?.repositories.has(repository) === false) {
        if (row.repositories.size < input.sharers && room > 0) {
          row.repositories.add(repository);
          room -= 1;
          continue;
        }
      }
      const age = ageGroup(facts.blobs.newest(node), marks.options.now);
      sums.add([repository, age], [1, facts.blobs.size(node)]);
    }
  });
  return {
    sharers: [...rows.values()].map(
      ({ row, repositories, count }) => [row, [...repositories], count] as const,
    ),
    shared: sums.columns,
    sharedDisk,
  };
}

/** Sums by a small integer key, as columns in the order in which keys first occurred. */
class Sums<K extends string, V extends string> {
  readonly columns: Record<K | V, number[]>;
  readonly #rows = new Map<string, number>();

  constructor(
    private readonly keys: readonly K[],
    private readonly values: readonly V[],
  ) {
    this.columns = lists<K | V>(...keys, ...values);
  }

  add(key: readonly number[], amounts: readonly number[]): void {
    const name = key.join();
    let row = this.#rows.get(name);
    if (row === undefined) {
      row = this.#rows.size;
      this.#rows.set(name, row);
      this.keys.forEach((column, i) => {
        this.columns[column][row!] = key[i]!;
      });
      for (const column of this.values) this.columns[column][row] = 0;
    }
    this.values.forEach((column, i) => {
      this.columns[column][row!]! += amounts[i]!;
    });
  }
}

function lists<K extends string>(...names: readonly K[]): Record<K, number[]> {
  return Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
}
