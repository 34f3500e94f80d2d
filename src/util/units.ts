/**
 * Parses the units that users write: percentages, counts, rates. For durations see `duration.ts`.
 */
import { usageError } from './errors.js';

/**
 * @returns a share from 0 to 1
 * @throws RegsweepError `usage`
 */
export function parsePercent(text: string, source: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text.trim());
  const share = match === null ? Number.NaN : Number(match[1]) / 100;
  if (!(share >= 0 && share <= 1)) {
    throw usageError(
      `${source}: invalid percentage "${text}"`,
      'write a percentage from 0% to 100%',
    );
  }
  return share;
}

/**
 * @returns an integer from 1 to 999999
 * @throws RegsweepError `usage`
 */
export function parseCount(text: string, source: string): number {
  const count = /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0;
  if (count < 1)
    throw usageError(
      `${source}: invalid number "${text}"`,
      'write a whole number from 1 to 999999',
    );
  return count;
}

/** More threads wait for each other, and each needs memory. */
const MAX_THREADS = 64;

/** @throws RegsweepError `usage` */
export function parseThreads(text: string, source: string): number {
  const threads = parseCount(text, source);
  if (threads <= MAX_THREADS) return threads;
  throw usageError(
    `${source}: ${threads} threads exceed the limit of ${MAX_THREADS}`,
    'omit it to let regsweep choose the number',
  );
}

const RATE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * @returns bytes per second, at least 1; `50M` is 50,000,000 and `50Mi` is 52,428,800
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
    throw usageError(`${source}: invalid rate "${text}"`, 'write bytes per second: 500k, 50M, 1G');
  }
  return rate;
}
