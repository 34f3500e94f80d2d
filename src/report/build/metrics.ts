/** The results of a run as gauges for Prometheus. Sizes are in bytes. */

import type { Labels, MetricFamily, Writer } from '../formats/prometheus.js';
import type { AnalyzeReport, PurgedAmount, Report } from '../model/model.js';
import type { RepositoryRow } from '../model/rows.js';

export interface RunOutcome extends Writer {
  /** The command's report; undefined if it failed before it had one. */
  readonly report: Report | undefined;
  /** The amount that `--purge-older-than` deleted, even if the sweep failed afterwards. */
  readonly purged?: PurgedAmount | undefined;
  /** `done`, `partial`, `nothing-to-do`, ..., or the code of the error. */
  readonly result: string;
  readonly exitCode: number;
  /** Seconds since 1970. */
  readonly endedAt: number;
  readonly durationSeconds: number;
  /** Space of the tree's filesystem; undefined if the system doesn't report it. */
  readonly disk: { readonly bytes: number; readonly availableBytes: number } | undefined;
}

/** Maximum number of repositories with their own gauges: the largest ones. */
const REPOSITORIES = 1000;

export function metricsOf(outcome: RunOutcome): MetricFamily[] {
  const { report } = outcome;
  return [
    ...runFamilies(outcome),
    ...changeFamilies(outcome),
    ...diskFamilies(outcome),
    ...(report?.kind === 'analyze' ? treeFamilies(outcome.root, report) : []),
  ];
}

type Rows = readonly (readonly [Labels, number | undefined])[];

const family = (name: string, help: string, rows: Rows): MetricFamily => ({
  name: `regsweep_${name}`,
  help,
  samples: rows.flatMap(([labels, value]) => (value === undefined ? [] : [{ labels, value }])),
});

function runFamilies(outcome: RunOutcome): MetricFamily[] {
  const { root, command, exitCode, endedAt } = outcome;
  const own = { root, command };
  const succeeded = exitCode === 0 || exitCode === 2;
  const one = (name: string, help: string, value: number): MetricFamily =>
    family(name, help, [[own, value]]);
  return [
    one('run_timestamp_seconds', 'When the last run ended.', endedAt),
    one('run_duration_seconds', 'How long the last run took.', outcome.durationSeconds),
    one('run_exit_code', 'Exit code of the last run.', exitCode),
    family('run_result', 'Result of the last run: 1 for the result in the label.', [
      [{ ...own, result: outcome.result }, 1],
    ]),
    ...(succeeded
      ? [one('run_success_timestamp_seconds', 'When the last run that succeeded ended.', endedAt)]
      : []),
  ];
}

interface Removed {
  readonly byKind: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly diskBytes: number;
  readonly freedBytes: number;
  readonly skipped: number;
  readonly downtimeSeconds: number | undefined;
}

/** @returns undefined unless the report is that of a command that changes the tree */
function removedBy(report: Report | undefined): Removed | undefined {
  if (report?.kind === 'change') {
    const { moved, bytes, diskBytes, quarantine, skippedCount, run } = report;
    return {
      byKind: moved,
      bytes,
      diskBytes,
      freedBytes: quarantine ? 0 : diskBytes,
      skipped: skippedCount,
      downtimeSeconds: run.downtimeMs === undefined ? undefined : run.downtimeMs / 1000,
    };
  }
  if (report?.kind !== 'outcome') return undefined;
  const { items, bytes, diskBytes, problems } = report;
  return {
    byKind: { purged: items },
    ...{ bytes, diskBytes, freedBytes: diskBytes },
    skipped: problems.length,
    downtimeSeconds: undefined,
  };
}

/** A refused run removed nothing. It writes zeros, so that no numbers of an earlier run remain. */
function changeFamilies({ root, command, report, purged }: RunOutcome): MetricFamily[] {
  if (command === 'analyze') return [];
  const own = { root, command };
  const removed = removedBy(report);
  const first = purged === undefined ? {} : { purged: purged.items };
  const kinds = Object.entries({ ...removed?.byKind, ...first });
  return [
    family(
      'run_removed_items',
      'Items that the last run removed, by kind.',
      kinds.map(([kind, number]) => [{ ...own, kind }, number]),
    ),
    family('run_removed_bytes', 'Apparent size of the items that the last run removed.', [
      [own, removed?.bytes ?? 0],
    ]),
    family('run_removed_disk_bytes', 'Allocated size of the items that the last run removed.', [
      [own, removed?.diskBytes ?? 0],
    ]),
    family(
      'run_freed_disk_bytes',
      'Disk space that the last run freed; moving to quarantine frees none.',
      [[own, (removed?.freedBytes ?? 0) + (purged?.diskBytes ?? 0)]],
    ),
    family('run_skipped_items', 'Items that the last run skipped.', [[own, removed?.skipped ?? 0]]),
    family('run_downtime_seconds', 'How long the last run kept the registry stopped.', [
      [own, removed?.downtimeSeconds ?? 0],
    ]),
  ];
}

function diskFamilies({ root, disk }: RunOutcome): MetricFamily[] {
  if (disk === undefined) return [];
  return [
    family('filesystem_size_bytes', 'Size of the tree’s filesystem.', [[{ root }, disk.bytes]]),
    family('filesystem_available_bytes', 'Space available on it to users other than root.', [
      [{ root }, disk.availableBytes],
    ]),
  ];
}

function treeFamilies(root: string, report: AnalyzeReport): MetricFamily[] {
  const { totals, run } = report;
  const states = (['live', 'young', 'garbage', 'immovable'] as const).map(
    (state) => [{ root, state }, totals[state]] as const,
  );
  const count = (name: string, help: string, value: number): MetricFamily =>
    family(name, help, [[{ root }, value]]);
  const byState = (
    name: string,
    help: string,
    key: 'blobs' | 'bytes' | 'diskBytes',
  ): MetricFamily =>
    family(
      name,
      help,
      states.map(([labels, amount]) => [labels, amount[key]]),
    );
  return [
    count('scan_timestamp_seconds', 'When the tree was scanned.', Date.parse(run.scannedAt) / 1000),
    byState('blobs', 'Blobs, by state.', 'blobs'),
    byState('blob_bytes', 'Apparent size of blobs, by state.', 'bytes'),
    byState('blob_disk_bytes', 'Allocated size of blobs, by state.', 'diskBytes'),
    count('quarantine_runs', 'Runs in quarantine.', totals.quarantined.runs),
    count('quarantine_bytes', 'Apparent size of the quarantine.', totals.quarantined.bytes),
    count(
      'quarantine_disk_bytes',
      'Disk space that purging the quarantine would free.',
      totals.quarantined.diskBytes,
    ),
    count('repositories', 'Repositories.', totals.repositories),
    count('tags', 'Tags.', totals.tags),
    count('manifests', 'Manifest links of all repositories.', totals.manifests),
    count('layer_links', 'Layer links of all repositories.', totals.layerLinks),
    count('uploads', 'Uploads in progress or abandoned.', totals.uploads),
    count('upload_bytes', 'Apparent size of uploads.', totals.uploadBytes),
    count('upload_disk_bytes', 'Allocated size of uploads.', totals.uploadDiskBytes),
    count(
      'stale_upload_disk_bytes',
      'Allocated size of abandoned uploads, which a sweep removes.',
      totals.staleUploads.diskBytes,
    ),
    count('empty_directories', 'Empty folders that can be removed.', totals.emptyDirectories),
    ...findingFamilies(root, report),
    ...repositoryFamilies(root, report.repositories),
  ];
}

function findingFamilies(root: string, { findings }: AnalyzeReport): MetricFamily[] {
  const severities = ['unsafe', 'damaged', 'debris', 'info'] as const;
  const sum = (severity: string): number =>
    findings.filter((f) => f.severity === severity).reduce((total, f) => total + f.count, 0);
  return [
    family(
      'findings',
      'Findings, by severity.',
      severities.map((severity) => [{ root, severity }, sum(severity)]),
    ),
    family(
      'findings_by_code',
      'Findings, by code.',
      findings.map(({ code, severity, count }) => [{ root, code, severity }, count]),
    ),
  ];
}

function repositoryFamilies(root: string, rows: readonly RepositoryRow[]): MetricFamily[] {
  const largest = [...rows].sort((a, b) => b.bytes - a.bytes).slice(0, REPOSITORIES);
  const names = distinct(largest.map(({ name }) => name));
  const each = (name: string, help: string, value: (row: RepositoryRow) => number | undefined) =>
    family(
      `repository_${name}`,
      help,
      largest.map((row, i) => [{ root, repository: names[i]! }, value(row)]),
    );
  return [
    each('bytes', 'Apparent size of all blobs that a repository refers to.', (row) => row.bytes),
    each(
      'unique_bytes',
      'Apparent size that removing only this repository frees.',
      (row) => row.uniqueBytes,
    ),
    each(
      'shared_bytes',
      'Apparent size of the blobs that it shares with other repositories.',
      (row) => row.sharedBytes,
    ),
    each(
      'garbage_bytes',
      'Apparent size of garbage that only this repository still names.',
      (row) => row.garbageBytes,
    ),
    each('garbage_disk_bytes', 'Allocated size of that garbage.', (row) => row.garbageDiskBytes),
    each('upload_bytes', 'Apparent size of uploads of a repository.', (row) => row.uploadBytes),
    each('tags', 'Tags of a repository.', (row) => row.tags),
    each('manifests', 'Manifest links of a repository.', (row) => row.manifests),
    each(
      'untagged_manifests',
      'Untagged manifests of a repository.',
      (row) => row.untaggedManifests,
    ),
    each('push_timestamp_seconds', 'When a manifest or tag was last pushed.', ({ lastPushedAt }) =>
      lastPushedAt === null ? undefined : Date.parse(lastPushedAt) / 1000,
    ),
  ];
}

/** Makes labels unique: two samples with the same labels would make the file unreadable. */
function distinct(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}
