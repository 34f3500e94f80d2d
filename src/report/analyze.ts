/** Facts, marks and usage as the report of `analyze`. */
import { FINDINGS, type Finding, type FindingLog } from '../facts/findings.js';
import type { Facts, RepositoryFacts } from '../facts/types.js';
import type { Marks, RepositoryUsage } from '../graph/types.js';
import { amountsOf, stateOf } from './amounts.js';
import type {
  AnalyzeReport,
  AnalyzeTotals,
  CheckReport,
  FindingRow,
  FindingSample,
  GarbageRow,
  Quarantined,
  RepositoryRow,
  RunInfo,
} from './model.js';
import { jsonName, rawPath, timeOf } from './names.js';

export interface AnalyzeInput {
  readonly facts: Facts;
  readonly marks: Marks;
  /** In the order of `facts.repositories`. */
  readonly usage: readonly RepositoryUsage[];
  readonly quarantined: Quarantined;
  readonly run: RunInfo;
  /** Repositories that are shown; totals are always of the whole tree. */
  readonly shows: (repository: string) => boolean;
  readonly details: boolean;
}

export function analyzeReport(input: AnalyzeInput): AnalyzeReport {
  const { facts, marks } = input;
  return {
    schemaVersion: 1,
    root: facts.tree.rootDirectory,
    run: input.run,
    totals: totalsOf(input),
    repositories: repositoryRows(input),
    ...(input.details ? { garbage: { [Symbol.iterator]: () => garbageRows(facts, marks) } } : {}),
    findings: findingRows(facts.findings),
  };
}

export function checkReport(facts: Facts, run: RunInfo): CheckReport {
  const root = facts.tree.rootDirectory;
  return { schemaVersion: 1, root, run, findings: findingRows(facts.findings) };
}

function totalsOf({ facts, marks, quarantined }: AnalyzeInput): AnalyzeTotals {
  const { all, live, garbage, young } = amountsOf(facts, marks);
  const sum = (count: (repository: RepositoryFacts) => number): number =>
    facts.repositories.reduce((total, repository) => total + count(repository), 0);
  return {
    repositories: facts.repositories.length,
    tags: sum((r) => r.tags.names.length),
    manifests: sum((r) => r.revisions.node.length),
    layerLinks: sum((r) => r.layers.length),
    uploads: sum((r) => r.uploads.length),
    ...all,
    live,
    garbage,
    young,
    quarantined,
    emptyDirectories: facts.emptyFolders.length,
  };
}

function repositoryRows({ facts, usage, shows }: AnalyzeInput): RepositoryRow[] {
  const rows: RepositoryRow[] = [];
  facts.repositories.forEach((repository, i) => {
    if (shows(repository.name)) rows.push(repositoryRow(repository, usage[i]!));
  });
  return rows;
}

function repositoryRow(repository: RepositoryFacts, usage: RepositoryUsage): RepositoryRow {
  const { name, tags, revisions, keptWhole } = repository;
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
    lastPushedAt: pushed === 0 ? null : timeOf(pushed),
    ...(keptWhole === undefined ? {} : { keptWhole: jsonName(keptWhole) }),
  };
}

function newestOf(times: Uint32Array, start: number): number {
  let newest = start;
  for (const time of times) if (time > newest) newest = time;
  return newest;
}

function* garbageRows(facts: Facts, marks: Marks): Generator<GarbageRow> {
  const { blobs } = facts;
  for (let node = 0; node < blobs.count; node++) {
    if (stateOf(marks, node) !== 'garbage') continue;
    yield {
      digest: blobs.digest(node),
      bytes: blobs.size(node),
      modifiedAt: timeOf(blobs.newest(node)),
    };
  }
}

export function findingRows(log: FindingLog): FindingRow[] {
  return log.codes().map((code) => ({
    code,
    severity: FINDINGS[code].severity,
    count: log.count(code),
    message: FINDINGS[code].message,
    remedy: FINDINGS[code].remedy,
    samples: log.samples(code).map(sampleOf),
  }));
}

function sampleOf({ path, repository, digest, detail }: Finding): FindingSample {
  return {
    path: jsonName(path),
    ...rawPath(path),
    ...(repository === undefined ? {} : { repository: jsonName(repository) }),
    ...(digest === undefined ? {} : { digest }),
    ...(detail === undefined ? {} : { detail }),
  };
}
