/** Formats seconds since the epoch as RFC 3339, in UTC. */
export function date(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
