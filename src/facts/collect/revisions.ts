/** Collects `_manifests/revisions` of one repository, sorted by node. */
import type { Algorithm } from '../../storage/digest.js';
import { PackedCursor } from '../packed-digests.js';
import type { PackedRevisions } from '../pool/tasks.js';
import type { Names } from '../scan/context.js';
import type { Node, RevisionColumns } from '../types.js';
import type { ScanOwner } from './repository-scan.js';
import { type Condition, merge } from './repository-scan.js';

/** `newest` is raised later, by the tags' histories. */
export type Revisions = RevisionColumns;

interface Row {
  readonly node: Node;
  target: Node;
  readonly pushed: number;
}

export async function collectRevisions(
  owner: ScanOwner,
  repository: string,
  algorithms: readonly Algorithm[],
  condition: Condition,
): Promise<Revisions> {
  const rows: Row[] = [];
  const scanPart = async (algorithm: Algorithm, part?: Names): Promise<void> => {
    const task = { type: 'revisions', repository, algorithm } as const;
    const scan = await owner.run(part === undefined ? task : { ...task, part });
    owner.collector.note(scan);
    merge(condition, scan, `${repository}/_manifests/revisions`);
    owner.keep(scan.guesses);
    addRows(owner, rows, scan);
    await Promise.all(scan.rest.map((rest) => scanPart(algorithm, rest)));
  };
  await Promise.all(algorithms.map((algorithm) => scanPart(algorithm)));
  rows.sort((a, b) => a.node - b.node);
  const node = Uint32Array.from(rows, (row) => row.node);
  const isPlain = rows.every((row) => row.target === row.node);
  return {
    node,
    target: isPlain ? node : Uint32Array.from(rows, (row) => row.target),
    pushed: Uint32Array.from(rows, (row) => row.pushed),
    newest: Uint32Array.from(rows, (row) => row.pushed),
  };
}

function addRows(owner: ScanOwner, rows: Row[], scan: PackedRevisions): void {
  const first = rows.length;
  const cursor = new PackedCursor(scan.digests);
  for (let i = 0; cursor.next(); i++) {
    const node = owner.resolver.at(cursor);
    rows.push({ node, target: node, pushed: scan.pushed[i]! });
  }
  for (const [row, target] of scan.mismatches) {
    const { node } = rows[first + row]!;
    const to = owner.resolver.of(target);
    rows[first + row]!.target = to;
    // The registry serves one digest for the other, so a reference to one needs both.
    owner.aliases.push([node, to], [to, node]);
  }
}
