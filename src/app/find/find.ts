/**
 * `find`: the registry trees of this host, and the processes that serve each. Only reads folders
 * and /proc.
 */
import { existsSync, statSync } from 'node:fs';
import { hostProcesses, type RunningRegistry } from '../../guard/registries/running.js';
import type { FindReport, FoundTree } from '../../report/model/find.js';
import { V2 } from '../../storage/layout.js';
import { nameFromBytes, printable } from '../../storage/names.js';
import { diskSpace } from '../../util/disk/disk-space.js';
import { type CandidateTree, findPlaces } from './places.js';

export async function find(): Promise<FindReport> {
  const { registries, unreadable, dockerRoots } = hostProcesses();
  const { places, complete } = await findPlaces(dockerRoots);
  const served = registries.flatMap(({ hostPaths: [root] }): CandidateTree[] =>
    root === undefined ? [] : [{ root, origin: 'registry' }],
  );
  const trees = new Map<string, FoundTree>();
  const empty = new Set<string>();
  // The name of a volume or folder is preferred to the path that a registry process uses.
  for (const place of [...places, ...served]) {
    const id = idOf(place.root);
    if (id === undefined || trees.has(id)) continue;
    if (existsSync(`${place.root}/${V2}`)) trees.set(id, treeOf(place, id, registries));
    else empty.add(place.root);
  }
  const elsewhere = registries.filter(({ hostPaths }) => hostPaths.length === 0);
  return {
    schemaVersion: 1,
    trees: [...trees.values()].sort((a, b) => (a.root < b.root ? -1 : 1)),
    unreachable: elsewhere.map(({ process, rootDirectory }) => ({ ...process, rootDirectory })),
    notes: [
      ...[...empty].map((root) => `a registry serves ${printable(root)}, which has no data yet`),
      ...(complete ? [] : ['the search ended after 1 s; some folders were not searched']),
      ...(unreadable > 0
        ? [
            `${unreadable} processes can't be read, so the trees that they serve are unknown; run as root`,
          ]
        : []),
    ],
  };
}

function treeOf(
  { root, origin }: CandidateTree,
  id: string,
  registries: readonly RunningRegistry[],
) {
  const { bytes, availableBytes } = diskSpace(root);
  return {
    root: nameFromBytes(Buffer.from(root)),
    origin,
    filesystem: { bytes, freeBytes: availableBytes },
    servedBy: registries.filter(({ rootId }) => rootId === id).map(({ process }) => process),
  };
}

/** Undefined if it has disappeared. */
function idOf(root: string): string | undefined {
  const stat = statSync(root, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}
