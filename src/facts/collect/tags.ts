/**
 * Collects `_manifests/tags` of one repository. The history of a tag tells since when a manifest is
 * untagged.
 */
import { tagCurrentPath } from '../../storage/layout.js';
import { PackedCursor } from '../packed-digests.js';
import type { PackedTags } from '../pool/tasks.js';
import type { Names } from '../scan/context.js';
import { NumberList } from '../tables/number-list.js';
import { NO_NODE, type Node, positionIn, type TagColumns, type TagHistory } from '../types.js';
import type { ScanOwner } from './repository-scan.js';
import { type Condition, merge } from './repository-scan.js';
import type { Revisions } from './revisions.js';

const NONE: { tags: TagColumns; history: TagHistory } = {
  tags: { names: [], target: new Uint32Array(), changed: new Uint32Array() },
  history: { tag: new Uint32Array(), node: new Uint32Array() },
};

export async function collectTags(
  owner: ScanOwner,
  repository: string,
  hasTags: boolean,
  revisions: Revisions,
  condition: Condition,
): Promise<{ tags: TagColumns; history: TagHistory }> {
  if (!hasTags) return NONE;
  const draft = new TagDraft(owner);
  const scanPart = async (part?: Names): Promise<void> => {
    const task = { type: 'tags', repository, history: owner.depth.history } as const;
    const scan = await owner.run(part === undefined ? task : { ...task, part });
    owner.collector.note(scan);
    merge(condition, scan, `${repository}/_manifests/tags`);
    owner.keep(scan.guesses);
    draft.add(scan, revisions);
    await Promise.all(scan.rest.map((rest) => scanPart(rest)));
  };
  await scanPart();
  const found = draft.done();
  if (!condition.unseen) noteMissingRevisions(owner, repository, found.tags, revisions);
  return found;
}

/** Collects tags from several parts of a folder, and sorts them by name at the end. */
class TagDraft {
  readonly #names: string[] = [];
  readonly #targets = new NumberList();
  readonly #changed = new NumberList();
  readonly #historyTag = new NumberList();
  readonly #historyNode = new NumberList();

  constructor(private readonly owner: ScanOwner) {}

  add(scan: PackedTags, revisions: Revisions): void {
    const first = this.#names.length;
    this.#names.push(...scan.names);
    for (const target of targetsOf(this.owner, scan)) this.#targets.push(target);
    for (const changed of scan.changed) this.#changed.push(changed);
    const cursor = new PackedCursor(scan.history);
    scan.historyCounts.forEach((count, row) => {
      for (let i = 0; i < count; i++) {
        cursor.next();
        const node = this.owner.resolver.at(cursor);
        this.#historyTag.push(first + row);
        this.#historyNode.push(node);
        raise(revisions, node, scan.changed[row]!);
      }
    });
  }

  done(): { tags: TagColumns; history: TagHistory } {
    const names = this.#names;
    const order = names.map((_, i) => i).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
    const rank = new Uint32Array(order.length);
    order.forEach((row, i) => {
      rank[row] = i;
    });
    const tags: TagColumns = {
      names: order.map((row) => names[row]!),
      target: Uint32Array.from(order, (row) => this.#targets.get(row)),
      changed: Uint32Array.from(order, (row) => this.#changed.get(row)),
    };
    const tag = this.#historyTag.done().map((row) => rank[row]!);
    return { tags, history: { tag, node: this.#historyNode.done() } };
  }
}

/** A manifest in a tag's history is untagged since the tag was moved. */
function raise(revisions: Revisions, node: Node, changed: number): void {
  const position = positionIn(revisions.node, node);
  if (position >= 0 && revisions.newest[position]! < changed) revisions.newest[position] = changed;
}

function targetsOf(owner: ScanOwner, scan: PackedTags): Uint32Array {
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

function noteMissingRevisions(
  owner: ScanOwner,
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
