/** The units that people write: shares, counts, rates. Durations: `duration.ts`. */
import { usageError } from './errors.js';

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
    'leave it out: the number is then chosen automatically',
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
