/** Collects `_manifests/tags` of one repository; a tag's history tells since when a revision is untagged. */
import { tagCurrentPath } from '../../storage/layout.js';
import { PackedCursor } from '../packed.js';
import type { PackedTags } from '../pool/tasks.js';
import { NO_NODE, positionIn, type TagColumns, type TagHistory } from '../types.js';
import { NumberList } from './collector.js';
import { type Condition, merge, type RepositoryCollector } from './repositories.js';
import type { Revisions } from './revisions.js';

const NONE: { tags: TagColumns; history: TagHistory } = {
  tags: { names: [], target: new Uint32Array(), changed: new Uint32Array() },
  history: { tag: new Uint32Array(), node: new Uint32Array() },
};

export async function collectTags(
  owner: RepositoryCollector,
  repository: string,
  hasTags: boolean,
  revisions: Revisions,
  condition: Condition,
): Promise<{ tags: TagColumns; history: TagHistory }> {
  if (!hasTags) return NONE;
  const scan = await owner.collector.pool.run({ type: 'tags', repository });
  owner.collector.note(scan);
  merge(condition, scan, `${repository}/_manifests/tags`);
  owner.keep(scan.guesses);
  const order = scan.names
    .map((_, i) => i)
    .sort((a, b) => (scan.names[a]! < scan.names[b]! ? -1 : 1));
  const targets = targetsOf(owner, scan);
  const rank = new Uint32Array(order.length);
  order.forEach((row, i) => {
    rank[row] = i;
  });
  const tags: TagColumns = {
    names: order.map((row) => scan.names[row]!),
    target: Uint32Array.from(order, (row) => targets[row]!),
    changed: Uint32Array.from(order, (row) => scan.changed[row]!),
  };
  noteLostRevisions(owner, repository, tags, revisions);
  return { tags, history: readHistory(owner, scan, rank, revisions) };
}

function targetsOf(owner: RepositoryCollector, scan: PackedTags): Uint32Array {
  const targets = new Uint32Array(scan.names.length);
  for (const row of scan.unreadable) targets[row] = NO_NODE;
  const cursor = new PackedCursor(scan.targets);
  for (let row = 0; row < targets.length; row++) {
    if (targets[row] === NO_NODE) continue;
    cursor.next();
    targets[row] = owner.resolver.at(cursor);
  }
  return targets;
}

function noteLostRevisions(
  owner: RepositoryCollector,
  repository: string,
  tags: TagColumns,
  revisions: Revisions,
): void {
  tags.target.forEach((node, i) => {
    if (node === NO_NODE || positionIn(revisions.node, node) >= 0) return;
    const path = `${tagCurrentPath(repository, tags.names[i]!)}/link`;
    owner.collector.findings.add({ code: 'tag-without-revision', path, repository });
  });
}

function readHistory(
  owner: RepositoryCollector,
  scan: PackedTags,
  rank: Uint32Array,
  revisions: Revisions,
): TagHistory {
  const tag = new NumberList();
  const node = new NumberList();
  const cursor = new PackedCursor(scan.history);
  scan.historyCounts.forEach((count, row) => {
    for (let i = 0; i < count; i++) {
      cursor.next();
      const named = owner.resolver.at(cursor);
      const position = positionIn(revisions.node, named);
      tag.push(rank[row]!);
      node.push(named);
      if (position >= 0 && revisions.newest[position]! < scan.changed[row]!) {
        revisions.newest[position] = scan.changed[row]!;
      }
    }
  });
  return { tag: tag.done(), node: node.done() };
}
