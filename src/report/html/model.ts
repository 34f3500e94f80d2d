/** Facts, marks and the report of `analyze` as the page's data. */
import type { Facts, RepositoryFacts } from '../../facts/types.js';
import { type Owners, owners, PART } from '../../graph/owners.js';
import type { Marks } from '../../graph/types.js';
import { printable } from '../../storage/names.js';
import { isoTime } from '../build/names.js';
import type { FindingRow } from '../model/common.js';
import type { AnalyzeReport } from '../model/model.js';
import { largestBlobs } from './choose.js';
import { type Columns, columnsOf } from './columns.js';
import type { PageData, PageRepository, PageTag } from './data.js';
import { type BlobView, blobViews } from './disk.js';
import { chooseShown, HIDDEN, Places, type Shown } from './places.js';

export interface PageInput {
  readonly facts: Facts;
  readonly marks: Marks;
  /** Of all repositories, in the order of `facts.repositories`. */
  readonly report: AnalyzeReport;
  /** Repositories that may have a row of their own; all, where it isn't given. */
  readonly shows?: (repository: string) => boolean;
}

/** How many rows the page may have; they bound its size, whatever the tree's. */
export interface PageLimits {
  readonly blobs: number;
  /** The largest garbage blobs, where they aren't among the largest of all. */
  readonly garbage: number;
  readonly repositories: number;
  readonly tags: number;
  readonly sharers: number;
  readonly sharersInAll: number;
}

export const PAGE_LIMITS: PageLimits = {
  blobs: 12_000,
  garbage: 4_000,
  repositories: 2_000,
  tags: 4_000,
  sharers: 40,
  sharersInAll: 60_000,
};

export function pageData(
  { facts, marks, report, shows = () => true }: PageInput,
  limits: PageLimits = PAGE_LIMITS,
): PageData {
  const owned = owners(facts, marks);
  const view = blobViews(facts, marks);
  const garbage = garbageByRepository(facts, owned, view);
  const sizes = garbage.map((bytes, i) =>
    shows(facts.repositories[i]!.name) ? bytes + report.repositories[i]!.bytes : HIDDEN,
  );
  const shown = chooseShown(facts, marks, owned, sizes, limits);
  const places = new Places(owned, shown);
  const chosen = largestBlobs(facts, (node) => view(node).state === 'garbage', limits);
  const { sharers, sharersInAll } = limits;
  const columns = columnsOf({
    ...{ facts, marks, owners: owned, places, chosen, view },
    ...{ sharers, sharersInAll },
  });
  return {
    schemaVersion: 1,
    root: shownName(report.root),
    run: report.run,
    minAgeSeconds: marks.options.minAge,
    deleteUntagged: marks.options.deleteUntagged,
    totals: report.totals,
    findings: report.findings.map(shownFinding),
    repositories: repositoryRows(report, shown, garbage),
    tags: tagRows(facts, owned, shown, places),
    places: places.list,
    ...columns,
    leftOut: leftOut(facts, shown, columns),
  };
}

/** By repository: allocation of the garbage that only it links. */
function garbageByRepository(
  facts: Facts,
  { owner, starts }: Owners,
  view: (node: number) => BlobView,
): Float64Array {
  const sums = new Float64Array(facts.repositories.length);
  const byOwner = new Map<number, number>();
  facts.repositories.forEach((_, i) => {
    byOwner.set(starts[i]! + PART.unreferenced + 1, i);
  });
  owner.forEach((who, node) => {
    const repository = byOwner.get(who);
    if (repository === undefined) return;
    const { state, diskBytes } = view(node);
    if (state === 'garbage') sums[repository]! += diskBytes;
  });
  return sums;
}

function repositoryRows(
  { repositories }: AnalyzeReport,
  shown: Shown,
  garbage: Float64Array,
): PageRepository[] {
  return Array.from(shown.repositories, (i) => {
    const { pathBase64: _, ...row } = repositories[i]!;
    return {
      ...row,
      name: shownName(row.name),
      ...(row.keptWhole === undefined ? {} : { keptWhole: shownName(row.keptWhole) }),
      garbageDiskBytes: garbage[i]!,
    };
  });
}

function tagRows(facts: Facts, { starts, reach }: Owners, shown: Shown, places: Places): PageTag[] {
  return Array.from(shown.tagParts, (part) => {
    const index = places.repositoryOfPart(part);
    const { tags } = facts.repositories[index] as RepositoryFacts;
    const t = part - starts[index]! - PART.firstTag;
    return {
      repository: places.repository(index),
      name: shownName(tags.names[t]!),
      bytes: reach[part]!,
      frees: shown.frees[part]!,
      pushedAt: isoTime(tags.changed[t]!),
    };
  });
}

function leftOut({ repositories, blobs }: Facts, shown: Shown, columns: Columns) {
  const tags = repositories.reduce((sum, repository) => sum + repository.tags.names.length, 0);
  return {
    repositories: repositories.length - shown.repositories.length,
    tags: tags - shown.tagParts.length,
    blobs: blobs.count - columns.blobs.digest.length,
  };
}

function shownFinding(finding: FindingRow): FindingRow {
  return {
    ...finding,
    samples: finding.samples.slice(0, 20).map(({ pathBase64: _, repository, detail, ...rest }) => ({
      ...rest,
      path: shownName(rest.path),
      ...(repository === undefined ? {} : { repository: shownName(repository) }),
      ...(detail === undefined ? {} : { detail: shownName(detail) }),
    })),
  };
}

const LONGEST = 300;

/** Safe for the screen, and at most 300 characters. */
function shownName(name: string): string {
  const text = printable(name);
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST / 2)}…${text.slice(-(LONGEST / 2 - 1))}`;
}
