/** Durations as users write them: `200ms`, `5s`, `30m`, `24h`, `7d`, `2w`. */
import { usageError } from './errors.js';

const SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

export const DAY = 86_400;

/** @returns seconds, or undefined if the text is not a number with a unit */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  return match === null ? undefined : Number(match[1]) * SECONDS[match[2]!]!;
}

/**
 * @param source the option or variable, for the message: `--min-age`, `REGSWEEP_MIN_AGE`
 * @returns seconds
 * @throws RegsweepError `usage`
 */
export function requireDuration(text: string, source: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw usageError(
    `${source}: invalid duration "${text}"`,
    'write a number and a unit: 200ms, 5s, 30m, 24h, 7d, 2w',
  );
}

/** @returns a rounded duration for people: `90 s`, `24 h`, `7 d` */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/**
 * @returns the exact duration, in the largest unit without a fraction, as a policy file writes it
 */
export function exactDuration(seconds: number): string {
  for (const unit of ['w', 'd', 'h', 'm', 's']) {
    const count = seconds / SECONDS[unit]!;
    if (Number.isInteger(count) && (unit !== 'w' || count < 5)) return `${count}${unit}`;
  }
  return `${Math.round(seconds * 1000)}ms`;
}
