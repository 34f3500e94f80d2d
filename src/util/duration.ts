/** Durations as people write them: `200ms`, `5s`, `10m`, `24h`, `7d`, `2w`. */

const SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

export const DAY = 86_400;

/** Seconds, or undefined where it isn't a positive duration with a unit. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12})(ms|s|m|h|d|w)$/.exec(text);
  if (match === null) return undefined;
  const seconds = Number(match[1]) * SECONDS[match[2]!]!;
  return seconds > 0 ? seconds : undefined;
}

/** The largest unit that says it without a fraction. */
export function formatDuration(seconds: number): string {
  for (const unit of ['w', 'd', 'h', 'm', 's']) {
    const count = seconds / SECONDS[unit]!;
    if (Number.isInteger(count) && (unit !== 'w' || count < 5)) return `${count}${unit}`;
  }
  return `${Math.round(seconds * 1000)}ms`;
}
