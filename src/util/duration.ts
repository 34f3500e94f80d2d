/** Durations as people write them: `200ms`, `5s`, `30m`, `24h`, `7d`, `2w`. */
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

/** Seconds, or undefined where it isn't a number with a unit. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  return match === null ? undefined : Number(match[1]) * SECONDS[match[2]!]!;
}

/**
 * @param source who said it, for the message: `--min-age`, `REGSWEEP_MIN_AGE`, ...
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

/** `90 s`, `24 h`, `7 d`: the largest unit that says it in few digits. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** As it is written in a policy: the largest unit that says it without a fraction. */
export function exactDuration(seconds: number): string {
  for (const unit of ['w', 'd', 'h', 'm', 's']) {
    const count = seconds / SECONDS[unit]!;
    if (Number.isInteger(count) && (unit !== 'w' || count < 5)) return `${count}${unit}`;
  }
  return `${Math.round(seconds * 1000)}ms`;
}
