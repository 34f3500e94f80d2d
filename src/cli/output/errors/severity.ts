/** What `--detailed-exitcode` tells of. */
export const isDamage = (severity: string): boolean =>
  severity === 'unsafe' || severity === 'damaged';
