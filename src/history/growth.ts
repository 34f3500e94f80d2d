/** From the records of runs to growth, a forecast, and what sweeps got back. Pure. */
import type { HistoryLine } from './records.js';

export interface Growth {
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  readonly bytes: number;
  /** Of tree and quarantine together. */
  readonly diskBytes: number;
  /** Undefined where the time is too short to tell. */
  readonly diskBytesPerDay: number | undefined;
}

export interface RepositoryGrowth {
  readonly name: string;
  /** Undefined where the first record doesn't list it: it is new, or was small. */
  readonly before: number | undefined;
  /** Undefined where the last record doesn't list it. */
  readonly after: number | undefined;
}

export interface GotBack {
  readonly runs: number;
  readonly items: number;
  readonly quarantinedDiskBytes: number;
  readonly freedBytes: number;
}

/** Takes lines one by one, and keeps of each only what is told. */
export class HistorySummary {
  first: HistoryLine | undefined;
  last: HistoryLine | undefined;
  firstListing: HistoryLine | undefined;
  lastListing: HistoryLine | undefined;
  records = 0;
  got: GotBack = { runs: 0, items: 0, quarantinedDiskBytes: 0, freedBytes: 0 };

  /** @param sinceMs lines before are left out */
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

  /** @param isSweep otherwise what an earlier sweep took goes for good, and isn't counted twice */
  #add(changed: NonNullable<HistoryLine['changed']>, isSweep: boolean): void {
    const { got } = this;
    const { freedBytes } = changed;
    const { items, diskBytes } = isSweep ? changed : { items: 0, diskBytes: 0 };
    this.got = {
      runs: got.runs + (isSweep ? 1 : 0),
      items: got.items + items,
      quarantinedDiskBytes: got.quarantinedDiskBytes + (freedBytes > 0 ? 0 : diskBytes),
      freedBytes: got.freedBytes + freedBytes,
    };
  }
}

/** Less than this says nothing about a rate. */
const SHORTEST_S = 3600;
const DAY_S = 86_400;
/** What is further away than a hundred years, nobody plans for. */
const LATEST_DAYS = 36_500;

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
    diskBytesPerDay: seconds < SHORTEST_S ? undefined : Math.round((diskBytes / seconds) * DAY_S),
  };
}

/** @returns when the disk is full at that rate, ms since 1970; undefined where it isn't, or nobody knows */
export function fullAtMs(
  growth: Pick<Growth, 'diskBytesPerDay'> | undefined,
  availableBytes: number,
  nowMs: number,
): number | undefined {
  const perDay = growth?.diskBytesPerDay ?? 0;
  if (perDay <= 0) return undefined;
  const days = availableBytes / perDay;
  return days < LATEST_DAYS ? Math.round(nowMs + days * DAY_S * 1000) : undefined;
}

/** Those that changed most first. */
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
