/** Sizes of blobs by state, computed in one pass over all blobs. Sizes are in bytes. */
import type { Facts, Node } from '../../facts/types.js';
import type { Marks } from '../../graph/types.js';
import type { Amount } from '../model/common.js';

export type StoredState = 'live' | 'young' | 'garbage' | 'immovable';

export interface Amounts {
  readonly all: Amount;
  readonly live: Amount;
  readonly young: Amount;
  readonly garbage: Amount;
  readonly immovable: Amount;
}

export function storedStateOf(marks: Marks, node: Node): StoredState {
  if (marks.immovable?.has(node) === true) return 'immovable';
  if (marks.reached.has(node)) return 'live';
  return marks.recent.has(node) ? 'young' : 'garbage';
}

const RANK: Readonly<Record<StoredState, number>> = { live: 3, young: 2, immovable: 1, garbage: 0 };

/**
 * A file with several names (hard links) has the state that keeps it longest: it is garbage only if
 * all its names are. Garbage with another name outside the tree frees no space, so its allocation
 * counts in `all` only.
 */
export function amountsOf(facts: Facts, marks: Marks): Amounts {
  const sums = {
    live: new Sum(),
    young: new Sum(),
    garbage: new Sum(),
    immovable: new Sum(),
  };
  const shared = new Map<string, SharedFile>();
  let node = 0;
  for (const { size, blocks, count } of facts.blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      const state = storedStateOf(marks, node);
      const link = facts.hardLinks.size === 0 ? undefined : facts.hardLinks.get(node);
      sums[state].note(size[i]!, link === undefined ? blocks[i]! * 512 : 0);
      if (link !== undefined) noteName(shared, link, state, blocks[i]! * 512);
    }
  }
  let outside = 0;
  for (const { state, diskBytes, seen, names } of shared.values()) {
    if (state === 'garbage' && seen < names) outside += diskBytes;
    else sums[state].diskBytes += diskBytes;
  }
  const all = new Sum();
  for (const sum of Object.values(sums)) all.add(sum);
  all.diskBytes += outside;
  const { live, young, garbage, immovable } = sums;
  return {
    all: { ...all },
    live: { ...live },
    young: { ...young },
    garbage: { ...garbage },
    immovable: { ...immovable },
  };
}

interface SharedFile {
  state: StoredState;
  readonly diskBytes: number;
  seen: number;
  readonly names: number;
}

function noteName(
  shared: Map<string, SharedFile>,
  link: { readonly file: string; readonly names: number },
  state: StoredState,
  diskBytes: number,
): void {
  const known = shared.get(link.file);
  if (known === undefined) {
    shared.set(link.file, { state, diskBytes, seen: 1, names: link.names });
    return;
  }
  known.seen += 1;
  if (RANK[state] > RANK[known.state]) known.state = state;
}

class Sum implements Amount {
  blobs = 0;
  bytes = 0;
  diskBytes = 0;

  note(bytes: number, diskBytes: number): void {
    this.blobs += 1;
    this.bytes += bytes;
    this.diskBytes += diskBytes;
  }

  add(other: Amount): void {
    this.blobs += other.blobs;
    this.bytes += other.bytes;
    this.diskBytes += other.diskBytes;
  }
}
