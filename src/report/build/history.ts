/** Makes the report of `history` from the records of earlier runs. */
import {
  fullAtMs,
  type Growth,
  growthBetween,
  type HistorySummary,
  type RepositoryGrowth,
  repositoryGrowth,
} from '../../history/growth.js';
import type { GrowthTotals, HistoryReport, RepositoryGrowthRow } from '../model/model.js';

export interface HistoryInput {
  readonly root: string;
  readonly run: Omit<HistoryReport['run'], 'disk'>;
  readonly nowMs: number;
  readonly sinceMs: number | undefined;
  readonly summary: HistorySummary;
  readonly damagedLines: number;
  readonly disk: { readonly bytes: number; readonly availableBytes: number };
  /** Which repositories are listed; undefined lists all. */
  readonly shows?: (repository: string) => boolean;
  /** Maximum number of repositories; undefined lists all. */
  readonly top: number | undefined;
}

export function historyReport(input: HistoryInput): HistoryReport {
  const { summary, disk } = input;
  const growth = growthBetween(summary.first, summary.last);
  const { shows = () => true } = input;
  const changed = repositoryGrowth(summary.firstListing, summary.lastListing).filter(({ name }) =>
    shows(name),
  );
  return {
    schemaVersion: 1,
    root: input.root,
    run: { ...input.run, disk },
    since: input.sinceMs === undefined ? null : isoTime(input.sinceMs),
    records: summary.records,
    damagedLines: input.damagedLines,
    growth: growth === undefined ? null : growthTotals(growth, disk.availableBytes, input.nowMs),
    gotBack: summary.reclaimed,
    repositories: repositoryRows(changed).slice(0, input.top),
  };
}

export const repositoryRows = (changed: readonly RepositoryGrowth[]): RepositoryGrowthRow[] =>
  changed.map(({ name, before, after }) => ({
    name,
    beforeBytes: before ?? null,
    bytes: after ?? null,
    growthBytes: (after ?? 0) - (before ?? 0),
  }));

export function growthTotals(
  { from, to, bytes, diskBytes, diskBytesPerDay }: Growth,
  availableBytes: number,
  nowMs: number,
): GrowthTotals {
  const fullMs = fullAtMs({ diskBytesPerDay }, availableBytes, nowMs);
  return {
    ...{ from, to, bytes, diskBytes },
    diskBytesPerDay: diskBytesPerDay ?? null,
    diskFullAt: fullMs === undefined ? null : isoTime(fullMs),
  };
}

const isoTime = (ms: number): string => new Date(ms).toISOString();
