/** Makes the report of `rm`: the removed and kept items with reasons, and the freed space. */
import { type Facts, nodeOf } from '../../facts/types.js';
import {
  hasRecentUpload,
  keptBlobs,
  neededAnyway,
  type Released,
  released,
  type Share,
} from '../../graph/sizes/freed-blobs.js';
import type { Marks } from '../../graph/types.js';
import type { Action, PlanTotals } from '../../plan/types.js';
import { subjectOfTag } from '../../policy/index.js';
import type { Digest } from '../../storage/digest.js';
import { isoTime } from '../../util/iso-time.js';
import { shellWord } from '../../util/shell-quote.js';
import type { RunInfo } from '../model/common.js';
import type { HolderRow, RemovalReport, RemovedRow, StayingRow } from '../model/model.js';
import { jsonName, rawPath } from './names.js';

export interface RemovalInput {
  readonly facts: Facts;
  /** Marks without the removals (`before`) and with them (`after`). */
  readonly before: Marks;
  readonly after: Marks;
  readonly actions: Iterable<Action> & { readonly dead: ReadonlySet<string> };
  readonly totals: PlanTotals;
  readonly touched: ReadonlySet<string>;
  readonly targets: readonly string[];
  readonly run: RunInfo;
  readonly notes: readonly string[];
}

export function removalReport(input: RemovalInput): RemovalReport {
  const { facts, before, after, actions, totals } = input;
  const { now, later } = released(facts, before, after);
  const rows = [...removedRows(actions)];
  const kept = keptBlobs(facts, after, new Set(rows.flatMap(({ digest }) => digest ?? [])));
  return {
    schemaVersion: 1,
    root: facts.tree.rootDirectory,
    run: { ...input.run, notes: input.notes },
    targets: input.targets.map(jsonName),
    removed: rows,
    staying: stayingRows(facts, after, rows),
    frees: { ...now, diskBytes: totals.diskBytes },
    later: laterOf(later),
    shared: kept.all,
    sharedWith: [...kept.byRepository].map(holderRow),
    obstacles: removalObstacles(input),
  };
}

const laterOf = ({ blobs, bytes, until }: Released['later']): RemovalReport['later'] => ({
  blobs,
  bytes,
  until: until === undefined ? null : isoTime(until),
});

const holderRow = ([repository, { blobs, bytes }]: [string, Share]): HolderRow => ({
  repository: repository === '' ? null : jsonName(repository),
  ...rawPath(repository),
  blobs,
  bytes,
});

/**
 * Rows for removed tags, manifests and repositories, with the reason for each. A repository that is
 * removed in parts, because another repository is nested in it, has one row.
 */
export function* removedRows(actions: Iterable<Action>): Generator<RemovedRow> {
  let whole: string | undefined;
  for (const { kind, path, repository = '', tag, digest, reason } of actions) {
    if (kind !== 'tag' && kind !== 'revision' && kind !== 'repository') continue;
    if (kind === 'repository' && repository === whole) continue;
    if (kind === 'repository') whole = repository;
    const about = tag === undefined ? undefined : subjectOfTag(tag);
    yield {
      kind,
      repository: jsonName(repository),
      ...(tag === undefined ? {} : { tag: jsonName(tag) }),
      ...(digest === undefined ? {} : { digest }),
      ...(about === undefined ? {} : { about }),
      reason,
      ...rawPath(path),
    };
  }
}

/** Manifests that lose a tag and stay, each with its remaining tags. */
function stayingRows(facts: Facts, marks: Marks, rows: readonly RemovedRow[]): StayingRow[] {
  const going = new Set(
    rows.filter(({ kind }) => kind === 'revision').map((row) => `${row.repository}@${row.digest}`),
  );
  const found = new Map<string, StayingRow>();
  for (const { kind, repository, digest } of rows) {
    const key = `${repository}@${digest}`;
    if (kind !== 'tag' || digest === undefined || going.has(key) || found.has(key)) continue;
    found.set(key, { repository, digest, tags: tagsThatStay(facts, marks, repository, digest) });
  }
  return [...found.values()];
}

function tagsThatStay(facts: Facts, marks: Marks, repository: string, digest: Digest): string[] {
  const index = facts.repositories.findIndex(({ name }) => jsonName(name) === repository);
  const node = nodeOf(facts, digest);
  if (index < 0 || node === undefined) return [];
  const { tags } = facts.repositories[index]!;
  const { removedTags } = marks.repositories[index]!;
  return tags.names.filter((_, i) => tags.target[i] === node && !removedTags.has(i)).map(jsonName);
}

/** Lines about targets that stay, or that are removed only in part. */
export function removalObstacles({
  facts,
  after,
  actions,
  touched,
}: Pick<RemovalInput, 'facts' | 'after' | 'actions' | 'touched'>): string[] {
  const lines = neededAnyway(facts, after).map(
    ({ repository, digest }) =>
      `${jsonName(repository)}@${digest} is kept: other kept items need it`,
  );
  facts.repositories.forEach(({ name, tags, revisions }, i) => {
    const { removedTags, removedRevisions } = after.repositories[i]!;
    const left = revisions.node.length - removedRevisions.count();
    const lost = tags.names.length > 0 && removedTags.count() === tags.names.length;
    if (!touched.has(name) || !lost || left === 0) return;
    const what = left === 1 ? '1 manifest' : `${left.toLocaleString('en-US')} manifests`;
    lines.push(
      `${jsonName(name)} stays in the catalog with ${what} without a tag; to remove it completely: regsweep rm ${shellWord(name)} --root ${shellWord(facts.tree.rootDirectory)}`,
    );
  });
  for (const { name, foreign } of facts.repositories) {
    const whole = after.options.removals.repository?.(name) !== undefined;
    if (!touched.has(name) || !whole || actions.dead.has(name)) continue;
    if (foreign)
      lines.push(
        `the folder of ${jsonName(name)} is kept: it contains files that are not the registry’s`,
      );
    else if (hasRecentUpload(facts, after, name)) {
      lines.push(
        `the folder of ${jsonName(name)} is kept: it contains a recent upload; regsweep tidy removes it later`,
      );
    }
  }
  return lines;
}
