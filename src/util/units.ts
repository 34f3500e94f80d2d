/** The units that people write: durations, shares, counts. */
import { usageError } from './errors.js';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/**
 * @param source who said it, for the message: `--min-age`, `REGSWEEP_MIN_AGE`, ...
 * @returns seconds
 * @throws RegsweepError `usage`
 */
export function parseDuration(text: string, source: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  if (match === null) {
    throw usageError(
      `${source}: "${text}" is no duration`,
      'write a number and a unit: 200ms, 5s, 30m, 24h, 7d, 2w',
    );
  }
  return Number(match[1]) * UNIT_SECONDS[match[2]!]!;
}

/**
 * @returns a share between 0 and 1
 * @throws RegsweepError `usage`
 */
export function parsePercent(text: string, source: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text.trim());
  const share = match === null ? Number.NaN : Number(match[1]) / 100;
  if (!(share >= 0 && share <= 1)) {
    throw usageError(`${source}: "${text}" is no share`, 'write a percentage from 0% to 100%');
  }
  return share;
}

/**
 * @returns a whole number, 1 or more
 * @throws RegsweepError `usage`
 */
export function parseCount(text: string, source: string): number {
  const count = /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0;
  if (count < 1) throw usageError(`${source}: "${text}" is no whole number from 1 up`);
  return count;
}

/** More threads wait for one another, and each takes memory before it does anything. */
export const MOST_THREADS = 64;

/** @throws RegsweepError `usage` */
export function parseThreads(text: string, source: string): number {
  const threads = parseCount(text, source);
  if (threads <= MOST_THREADS) return threads;
  throw usageError(
    `${source}: ${threads} threads are more than the limit, ${MOST_THREADS}`,
    'leave it out: by itself the number grows while the CPU idles',
  );
}

const RATE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * @returns bytes a second, 1 or more; `50M` is 50,000,000, `50Mi` is 52,428,800
 * @throws RegsweepError `usage`
 */
export function parseRate(text: string, source: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)(i?)b?(?:\/s)?$/i.exec(text.trim());
  const [, number, unit, binary] = match ?? [];
  const factor = RATE_UNITS[unit?.toLowerCase() ?? ''] ?? 1;
  const scale =
    binary === '' || binary === undefined ? factor : 1024 ** Math.round(Math.log10(factor) / 3);
  const rate = match === null ? 0 : Math.floor(Number(number) * scale);
  if (rate < 1) {
    throw usageError(`${source}: "${text}" is no rate`, 'write bytes a second: 500k, 50M, 1G');
  }
  return rate;
}

/** `90 s`, `24 h`, `7 d`: the largest unit that says it in few digits. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
