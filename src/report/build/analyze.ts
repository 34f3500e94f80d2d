/** Makes the report of `analyze` from facts, marks and usage. */
import { digestOf, type Facts, type RepositoryFacts, type Upload } from '../../facts/types.js';
import { isRecent } from '../../graph/mark/recent-blobs.js';
import type { RepositoryGarbage } from '../../graph/sizes/garbage.js';
import type { SharedBlob } from '../../graph/sizes/layers.js';
import type { AgeGroup, TagUsage } from '../../graph/sizes/tags.js';
import type { Marks, RepositoryUsage } from '../../graph/types.js';
import { mayChange } from '../../plan/actions/removal-rules.js';
import { tagPath } from '../../storage/layout.js';
import { isoTime, UNKNOWN_TIME } from '../../util/iso-time.js';
import type { RunInfo } from '../model/common.js';
import type {
  AgeRow,
  AnalyzeReport,
  AnalyzeTotals,
  CheckReport,
  CorruptRow,
  FilesystemSpace,
  GarbageRow,
  LayerRow,
  Quarantined,
  Verified,
} from '../model/model.js';
import type { RepositoryRow, TagRow } from '../model/rows.js';
import { amountsOf, storedStateOf } from './amounts.js';
import { findingRows } from './findings.js';
import { jsonName, rawPath } from './names.js';

export interface AnalyzeInput {
  readonly facts: Facts;
  readonly marks: Marks;
  /** In the order of `facts.repositories`. */
  readonly usage: readonly RepositoryUsage[];
  readonly quarantined: Quarantined;
  readonly filesystem: FilesystemSpace;
  /** In the order of `facts.repositories`. */
  readonly garbage: RepositoryGarbage;
  readonly run: RunInfo;
  /** Which repositories are listed. Totals always cover the complete tree. */
  readonly shows: (repository: string) => boolean;
  readonly details: boolean;
  readonly ages?: readonly AgeGroup[];
  /** With `--tags`. */
  readonly tagUsage?: readonly TagUsage[];
  /** With `--layers`. */
  readonly layers?: readonly SharedBlob[];
}

export function analyzeReport(input: AnalyzeInput): AnalyzeReport {
  const { facts, marks } = input;
  return {
    schemaVersion: 1,
    root: facts.tree.rootDirectory,
    run: input.run,
    totals: analyzeTotals(input),
    filesystem: input.filesystem,
    ...(input.ages === undefined ? {} : { ages: input.ages.map(ageRow) }),
    repositories: repositoryRows(input),
    ...(input.tagUsage === undefined ? {} : { tags: tagRows(input, input.tagUsage) }),
    ...(input.layers === undefined ? {} : { layers: layerRows(facts, input.layers) }),
    ...(input.details ? { garbage: { [Symbol.iterator]: () => garbageRows(facts, marks) } } : {}),
    findings: findingRows(facts),
  };
}

export interface VerifiedInput extends Verified {
  readonly knownBlobs: number;
  readonly rows: readonly CorruptRow[];
}

export function checkReport(facts: Facts, run: RunInfo, verified?: VerifiedInput): CheckReport {
  const root = facts.tree.rootDirectory;
  const findings = findingRows(facts);
  if (verified === undefined) return { schemaVersion: 1, root, run, findings };
  const { blobs, bytes, goneBlobs, knownBlobs, rows } = verified;
  return {
    schemaVersion: 1,
    root,
    run: { ...run, resumedBlobs: knownBlobs },
    verified: { blobs, bytes, goneBlobs },
    corrupt: rows,
    findings,
  };
}

const ageRow = ({ days, ...rest }: AgeGroup): AgeRow => ({ days: days ?? null, ...rest });

function tagRows({ facts, shows }: AnalyzeInput, usage: readonly TagUsage[]): TagRow[] {
  const rows: TagRow[] = [];
  for (const { repository, tag, bytes, uniqueBytes } of usage) {
    const { name, tags } = facts.repositories[repository]!;
    if (!shows(name)) continue;
    rows.push({
      repository: jsonName(name),
      tag: jsonName(tags.names[tag]!),
      ...rawPath(tagPath(name, tags.names[tag]!)),
      digest: digestOf(facts, tags.target[tag]!),
      pushedAt: isoTime(tags.changed[tag]!),
      bytes,
      uniqueBytes,
    });
  }
  return rows;
}

const layerRows = ({ blobs }: Facts, layers: readonly SharedBlob[]): LayerRow[] =>
  layers.map(({ node, tags, repositories }) => ({
    digest: blobs.digest(node),
    bytes: blobs.size(node),
    diskBytes: blobs.diskBytes(node),
    tags,
    repositories,
  }));

export function analyzeTotals({
  facts,
  marks,
  quarantined,
}: Pick<AnalyzeInput, 'facts' | 'marks' | 'quarantined'>): AnalyzeTotals {
  const { all, live, garbage, young, immovable } = amountsOf(facts, marks);
  const uploads = facts.repositories.flatMap((repository) => repository.uploads);
  const stale = facts.repositories
    .filter((repository) => repository.uploads.length > 0 && mayChange(repository, marks))
    .flatMap((repository) => repository.uploads)
    .filter(({ newest }) => !isRecent(newest, marks.options));
  const sum = (count: (repository: RepositoryFacts) => number): number =>
    facts.repositories.reduce((total, repository) => total + count(repository), 0);
  return {
    repositories: facts.repositories.length,
    tags: sum((r) => r.tags.names.length),
    manifests: sum((r) => r.revisions.node.length),
    layerLinks: sum((r) => r.layers.length),
    uploads: uploads.length,
    uploadBytes: sumOf(uploads, 'bytes'),
    uploadDiskBytes: sumOf(uploads, 'diskBytes'),
    staleUploads: {
      uploads: stale.length,
      bytes: sumOf(stale, 'bytes'),
      diskBytes: sumOf(stale, 'diskBytes'),
    },
    ...all,
    live,
    garbage,
    young,
    immovable,
    quarantined,
    emptyDirectories: facts.emptyFolders.length,
  };
}

const sumOf = (uploads: readonly Upload[], field: 'bytes' | 'diskBytes'): number =>
  uploads.reduce((sum, upload) => sum + upload[field], 0);

function repositoryRows({ facts, usage, garbage, shows }: AnalyzeInput): RepositoryRow[] {
  const rows: RepositoryRow[] = [];
  facts.repositories.forEach((repository, i) => {
    if (!shows(repository.name)) return;
    const garbageOf = {
      garbageBytes: garbage.bytes[i]!,
      garbageDiskBytes: garbage.diskBytes[i]!,
    };
    rows.push(repositoryRow(repository, usage[i]!, garbageOf));
  });
  return rows;
}

function repositoryRow(
  repository: RepositoryFacts,
  usage: RepositoryUsage,
  garbage: Pick<RepositoryRow, 'garbageBytes' | 'garbageDiskBytes'>,
): RepositoryRow {
  const { name, tags, revisions, uploads, keepAllReason } = repository;
  const pushed = newestOf(tags.changed, newestOf(revisions.pushed, 0));
  return {
    name: jsonName(name),
    ...rawPath(name),
    tags: tags.names.length,
    manifests: revisions.node.length,
    untaggedManifests: usage.untaggedManifests,
    bytes: usage.bytes,
    uniqueBytes: usage.uniqueBytes,
    sharedBytes: usage.sharedBytes,
    ...garbage,
    uploadBytes: sumOf(uploads, 'bytes'),
    lastPushedAt: pushed === 0 ? null : isoTime(pushed),
    ...(keepAllReason === undefined ? {} : { keptWhole: jsonName(keepAllReason) }),
  };
}

/** Unknown times are left out. */
function newestOf(times: Uint32Array, start: number): number {
  let newest = start;
  for (const time of times) if (time > newest && time < UNKNOWN_TIME) newest = time;
  return newest;
}

function* garbageRows(facts: Facts, marks: Marks): Generator<GarbageRow> {
  const { blobs } = facts;
  for (let node = 0; node < blobs.count; node++) {
    if (storedStateOf(marks, node) !== 'garbage') continue;
    yield {
      digest: blobs.digest(node),
      bytes: blobs.size(node),
      modifiedAt: isoTime(blobs.newest(node)),
    };
  }
}
