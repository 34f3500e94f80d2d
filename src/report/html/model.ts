/** Makes the page's data from facts, marks and the report of `analyze`. */
import type { Facts, Node, RepositoryFacts } from '../../facts/types.js';
import { Closures } from '../../graph/sizes/closures.js';
import { type Owners, owners, PART } from '../../graph/sizes/owners.js';
import type { Marks } from '../../graph/types.js';
import { printable } from '../../storage/names.js';
import { isoTime, knownTime } from '../../util/iso-time.js';
import { remedyCommand } from '../build/remedy-command.js';
import type { FindingRow } from '../model/common.js';
import type { AnalyzeReport } from '../model/model.js';
import type { View } from '../model/view.js';
import { largestBlobs } from './choose.js';
import { type Columns, columnsOf } from './columns.js';
import type { PageData, PageFinding, PagePoint, PageRepository, PageTag } from './data.js';
import { type BlobView, blobViews } from './disk.js';
import { growthOf } from './growth.js';
import { chooseShown, HIDDEN, Places, type Shown } from './places.js';

export interface PageInput {
  readonly facts: Facts;
  readonly marks: Marks;
  /** Of all repositories, in the order of `facts.repositories`. */
  readonly report: AnalyzeReport;
  /** Which repositories may have a separate row; undefined allows all. */
  readonly shows?: (repository: string) => boolean;
  /** The steps that `analyze` prints. */
  readonly nextSteps?: readonly string[];
  /** Flags that the commands of findings repeat. */
  readonly view?: Pick<View, 'flags' | 'ages' | 'place'>;
  /** Earlier scans, oldest first. */
  readonly history?: readonly PagePoint[];
}

/** Maximum numbers of rows. They limit the size of the page for a tree of any size. */
export interface PageLimits {
  readonly blobs: number;
  /** The largest garbage blobs that are not among the largest blobs. */
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
  {
    facts,
    marks,
    report,
    shows = () => true,
    nextSteps = [],
    view: flags,
    history = [],
  }: PageInput,
  limits: PageLimits = PAGE_LIMITS,
): PageData {
  const owned = owners(facts, marks);
  const view = blobViews(facts, marks);
  const sizes = Float64Array.from(report.repositories, ({ bytes, garbageDiskBytes }, i) =>
    shows(facts.repositories[i]!.name) ? bytes + garbageDiskBytes : HIDDEN,
  );
  const shown = chooseShown(facts, marks, owned, sizes, view, limits);
  const places = new Places(owned, shown);
  const chosen = largestBlobs(facts, (node) => view(node).state === 'garbage', limits);
  const { sharers, sharersInAll } = limits;
  const { sharedDisk, ...columns } = columnsOf({
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
    filesystem: report.filesystem,
    oldestGarbageAt: oldestGarbage(facts, view),
    nextSteps,
    growth: growthOf(history, report),
    findings: report.findings.map((row) => shownFinding(row, report.root, flags)),
    repositories: repositoryRows(report, shown, owned, sharedDisk),
    tags: tagRows({ facts, marks, owned, shown, places, view }),
    places: places.list,
    ...columns,
    leftOut: leftOut(facts, shown, columns),
  };
}

function repositoryRows(
  { repositories }: AnalyzeReport,
  shown: Shown,
  { starts }: Owners,
  sharedDisk: Float64Array,
): PageRepository[] {
  return Array.from(shown.repositories, (i) => {
    const { pathBase64: _, ...row } = repositories[i]!;
    const parts = shown.freesDisk.subarray(starts[i]!, starts[i + 1]!);
    return {
      ...row,
      name: shownName(row.name),
      ...(row.keptWhole === undefined ? {} : { keptWhole: shownName(row.keptWhole) }),
      uniqueDiskBytes: parts.reduce((sum, bytes) => sum + bytes, 0),
      sharedDiskBytes: sharedDisk[i]!,
    };
  });
}

interface TagInput extends Pick<PageInput, 'facts' | 'marks'> {
  readonly owned: Owners;
  readonly shown: Shown;
  readonly places: Places;
  readonly view: (node: Node) => BlobView;
}

function tagRows({ facts, marks, owned, shown, places, view }: TagInput): PageTag[] {
  const { starts, reach } = owned;
  const closures = new Closures(facts, marks);
  return Array.from(shown.tagParts, (part) => {
    const index = places.repositoryOfPart(part);
    const repository = facts.repositories[index] as RepositoryFacts;
    const { tags } = repository;
    const t = part - starts[index]! - PART.firstTag;
    const target = tags.target[t]!;
    // A damaged tag refers to nothing.
    const nodes = reach[part] === 0 ? [] : closures.ofNode(index, target);
    let diskBytes = 0;
    for (const node of nodes) if (node < facts.blobs.count) diskBytes += view(node).diskBytes;
    return {
      repository: places.repository(index),
      name: shownName(tags.names[t]!),
      bytes: reach[part]!,
      frees: shown.frees[part]!,
      diskBytes,
      freesDiskBytes: shown.freesDisk[part]!,
      pushedAt: knownTime(tags.changed[t]!),
    };
  });
}

function oldestGarbage({ blobs }: Facts, view: (node: Node) => BlobView): string | null {
  let oldest = Number.POSITIVE_INFINITY;
  for (let node = 0; node < blobs.count; node++) {
    if (view(node).state === 'garbage') oldest = Math.min(oldest, blobs.newest(node));
  }
  return oldest === Number.POSITIVE_INFINITY ? null : isoTime(oldest);
}

function leftOut({ repositories, blobs }: Facts, shown: Shown, columns: Pick<Columns, 'blobs'>) {
  const tags = repositories.reduce((sum, repository) => sum + repository.tags.names.length, 0);
  return {
    repositories: repositories.length - shown.repositories.length,
    tags: tags - shown.tagParts.length,
    blobs: blobs.count - columns.blobs.digest.length,
  };
}

function shownFinding(finding: FindingRow, root: string, view: PageInput['view']): PageFinding {
  const command = remedyCommand(finding.remedy, root, view);
  return {
    ...finding,
    ...(command === undefined ? {} : { command }),
    samples: finding.samples.slice(0, 20).map(({ pathBase64: _, repository, detail, ...rest }) => ({
      ...rest,
      path: shownName(rest.path),
      ...(repository === undefined ? {} : { repository: shownName(repository) }),
      ...(detail === undefined ? {} : { detail: shownName(detail) }),
    })),
  };
}

const LONGEST = 300;

/** Safe to display, and at most 300 characters. */
function shownName(name: string): string {
  const text = printable(name);
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST / 2)}…${text.slice(-(LONGEST / 2 - 1))}`;
}
