/** The disk space of each blob. The sum over all blobs equals that of `amountsOf`. */
import type { Facts, Node } from '../../facts/types.js';
import type { Marks } from '../../graph/types.js';
import { storedStateOf as blobStateOf } from '../build/amounts.js';
import { type PageState, STATES } from './data.js';

export interface BlobView {
  readonly state: PageState;
  readonly diskBytes: number;
}

/** Garbage that can't be moved frees no space either. */
function stateOf(marks: Marks, node: Node): PageState {
  const state = blobStateOf(marks, node);
  return state === 'immovable' ? 'held' : state;
}

/** A file with several names counts once, under the name that keeps it longest. */
export function blobViews(facts: Facts, marks: Marks): (node: Node) => BlobView {
  const linked = linkedViews(facts, marks);
  return (node) =>
    linked.get(node) ?? { state: stateOf(marks, node), diskBytes: facts.blobs.diskBytes(node) };
}

function linkedViews(facts: Facts, marks: Marks): ReadonlyMap<Node, BlobView> {
  const files = new Map<string, { nodes: Node[]; names: number }>();
  for (const [node, { file, names }] of facts.hardLinks) {
    const known = files.get(file);
    if (known === undefined) files.set(file, { nodes: [node], names });
    else known.nodes.push(node);
  }
  const views = new Map<Node, BlobView>();
  const rank = (node: Node): number => STATES.indexOf(stateOf(marks, node));
  for (const { nodes, names } of files.values()) {
    const keeper = nodes.reduce((best, node) => (rank(node) < rank(best) ? node : best));
    const held = stateOf(marks, keeper) === 'garbage' && nodes.length < names;
    for (const node of nodes) {
      const diskBytes = node === keeper ? facts.blobs.diskBytes(node) : 0;
      views.set(node, { state: held ? 'held' : stateOf(marks, node), diskBytes });
    }
  }
  return views;
}
