/** Makes the report of `policy preview`: the images that expire, and the space that frees. */
import type { Facts } from '../../facts/types.js';
import { type Released, released } from '../../graph/sizes/freed-blobs.js';
import type { Marks } from '../../graph/types.js';
import type { PlanTotals } from '../../plan/types.js';
import {
  lintPolicy,
  type Policy,
  type PreviewRow,
  previewOf,
  type RepositoryDecisions,
  treeWarnings,
} from '../../policy/index.js';
import { isoTime } from '../../util/iso-time.js';
import type {
  PolicyCheckReport,
  PreviewImage,
  PreviewReport,
  PreviewRepository,
} from '../model/model.js';
import { findingRows } from './findings.js';
import { jsonName, rawPath } from './names.js';

export interface PreviewInput {
  readonly policy: Policy;
  readonly facts: Facts;
  /** Marks without the policy (`before`) and with it (`after`). */
  readonly before: Marks;
  readonly after: Marks;
  /** Totals of a plan that contains only the policy's removals. */
  readonly freed: PlanTotals;
  readonly decided: readonly RepositoryDecisions[];
  readonly run: PreviewReport['run'];
}

export function previewReport(input: PreviewInput): PreviewReport {
  const { policy, facts, before, after, freed, decided, run } = input;
  const { now, later, unique: held } = released(facts, before, after);
  const repositories = decided.map((one) => repositoryRow(one, held));
  const sum = (of: (row: PreviewRepository) => number): number =>
    repositories.reduce((total, row) => total + of(row), 0);
  return {
    schemaVersion: 1,
    root: facts.tree.rootDirectory,
    file: policy.file,
    run,
    totals: {
      manifests: sum(({ manifests }) => manifests),
      expiring: sum(({ expiring }) => expiring),
      tags: sum(({ tags }) => tags),
      blobs: now.blobs,
      bytes: now.bytes,
      diskBytes: freed.diskBytes,
      young: { blobs: later.blobs, bytes: later.bytes },
    },
    repositories,
    expiring: { [Symbol.iterator]: () => images(decided) },
    readings: policy.readings ?? [],
    warnings: [...treeWarnings(policy, facts, decided), ...lintPolicy(policy)],
    findings: findingRows(facts).filter(
      ({ code }) => code === 'equal-mtimes' || code === 'short-pull-records',
    ),
  };
}

function repositoryRow(
  { repository, entry, decisions }: RepositoryDecisions,
  held: Released['unique'],
): PreviewRepository {
  const expiring = decisions.filter(({ action }) => action === 'expire');
  const { blobs, bytes } = held.get(repository) ?? { blobs: 0, bytes: 0 };
  return {
    repository: jsonName(repository),
    ...rawPath(repository),
    entry: entry ?? null,
    manifests: decisions.length,
    expiring: expiring.length,
    tags: expiring.reduce((total, { image }) => total + image.tags.length, 0),
    blobs,
    bytes,
  };
}

function* images(decided: readonly RepositoryDecisions[]): Generator<PreviewImage> {
  for (const row of previewOf(decided)) yield imageRow(row);
}

function imageRow({ repository, tags, time, ...rest }: PreviewRow): PreviewImage {
  return {
    repository: jsonName(repository),
    ...rawPath(repository),
    ...rest,
    tags: tags.map(jsonName),
    time: time === 0 ? null : isoTime(time),
  };
}

export function policyCheckReport(policy: Policy): PolicyCheckReport {
  const rules = policy.entries.map(({ retention }) =>
    retention.kind === 'ecr' || retention.grouped ? retention.rules.length : 0,
  );
  return {
    schemaVersion: 1,
    file: policy.file,
    ok: true,
    problems: [],
    entries: policy.entries.length,
    rules: rules.reduce((sum, number) => sum + number, 0),
    readings: policy.readings ?? [],
    warnings: lintPolicy(policy),
  };
}
