/** A time that is not known, in seconds. It counts as recent. */
export const UNKNOWN_TIME = 0xffffffff;

/** @returns RFC 3339 in UTC, to the second; null for an unknown time */
export const knownTime = (seconds: number): string | null =>
  seconds >= UNKNOWN_TIME ? null : isoTime(seconds);

/** @returns RFC 3339 in UTC, to the second */
export const isoTime = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
