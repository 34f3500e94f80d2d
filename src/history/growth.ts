/** Computes growth, a forecast and the space reclaimed by sweeps from the records of runs. Pure. */
import type { HistoryLine } from './records.js';

export interface Growth {
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  readonly bytes: number;
  /** Of tree and quarantine together. */
  readonly diskBytes: number;
  /** Undefined if the time between the records is too short. */
  readonly diskBytesPerDay: number | undefined;
}

export interface RepositoryGrowth {
  readonly name: string;
  /** Apparent bytes; undefined if the first record does not list it: it is new, or was small. */
  readonly before: number | undefined;
  /** Apparent bytes; undefined if the last record does not list it. */
  readonly after: number | undefined;
}

export interface Reclaimed {
  readonly runs: number;
  readonly items: number;
  readonly quarantinedDiskBytes: number;
  readonly freedBytes: number;
}

/** Collects a summary from history lines, without storing all lines. */
export class HistorySummary {
  first: HistoryLine | undefined;
  last: HistoryLine | undefined;
  firstListing: HistoryLine | undefined;
  lastListing: HistoryLine | undefined;
  records = 0;
  reclaimed: Reclaimed = { runs: 0, items: 0, quarantinedDiskBytes: 0, freedBytes: 0 };

  /** @param sinceMs ignore lines older than this, in ms since 1970 */
  constructor(private readonly sinceMs: number) {}

  take(line: HistoryLine): void {
    if (Date.parse(line.at) < this.sinceMs) return;
    this.records += 1;
    if (line.totals !== undefined) {
      this.first ??= line;
      this.last = line;
    }
    if (line.repositories !== undefined) {
      this.firstListing ??= line;
      this.lastListing = line;
    }
    if (line.changed !== undefined && line.command !== 'trash restore') {
      this.#add(line.changed, line.runId !== undefined);
    }
  }

  /** @param isSweep false for purges, whose items were counted when the sweep quarantined them */
  #add(changed: NonNullable<HistoryLine['changed']>, isSweep: boolean): void {
    const { reclaimed } = this;
    const { freedBytes } = changed;
    const { items, diskBytes } = isSweep ? changed : { items: 0, diskBytes: 0 };
    this.reclaimed = {
      runs: reclaimed.runs + (isSweep ? 1 : 0),
      items: reclaimed.items + items,
      quarantinedDiskBytes: reclaimed.quarantinedDiskBytes + (freedBytes > 0 ? 0 : diskBytes),
      freedBytes: reclaimed.freedBytes + freedBytes,
    };
  }
}

/** A shorter time says nothing about a rate. */
const MIN_SPAN_S = 3600;
const DAY_S = 86_400;
/** A forecast further ahead than 100 years is useless. */
const MAX_DAYS = 36_500;

/** @returns undefined without two different records that have totals */
export function growthBetween(
  first: HistoryLine | undefined,
  last: HistoryLine | undefined,
): Growth | undefined {
  if (first?.totals === undefined || last?.totals === undefined || first === last) return undefined;
  const seconds = Math.round((Date.parse(last.at) - Date.parse(first.at)) / 1000);
  const used = ({ diskBytes, quarantinedDiskBytes }: typeof first.totals): number =>
    diskBytes + quarantinedDiskBytes;
  const diskBytes = used(last.totals) - used(first.totals);
  return {
    from: first.at,
    to: last.at,
    seconds,
    bytes: last.totals.bytes - first.totals.bytes,
    diskBytes,
    diskBytesPerDay: seconds < MIN_SPAN_S ? undefined : Math.round((diskBytes / seconds) * DAY_S),
  };
}

/**
 * @returns when the disk will be full at that rate, in ms since 1970; undefined if it does not
 *   grow, the rate is unknown, or it takes too long
 */
export function fullAtMs(
  growth: Pick<Growth, 'diskBytesPerDay'> | undefined,
  availableBytes: number,
  nowMs: number,
): number | undefined {
  const perDay = growth?.diskBytesPerDay ?? 0;
  if (perDay <= 0) return undefined;
  const days = availableBytes / perDay;
  return days < MAX_DAYS ? Math.round(nowMs + days * DAY_S * 1000) : undefined;
}

/** @returns the repositories with the largest change first */
export function repositoryGrowth(
  first: HistoryLine | undefined,
  last: HistoryLine | undefined,
): RepositoryGrowth[] {
  if (first === undefined || last === undefined || first === last) return [];
  const before = new Map(first.repositories);
  const after = new Map(last.repositories);
  const names = new Set([...before.keys(), ...after.keys()]);
  const change = ({ before: b = 0, after: a = 0 }: RepositoryGrowth): number => Math.abs(a - b);
  return [...names]
    .map((name) => ({ name, before: before.get(name), after: after.get(name) }))
    .sort((a, b) => change(b) - change(a) || (a.name < b.name ? -1 : 1));
}
