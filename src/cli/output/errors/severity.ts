/** Whether `--detailed-exitcode` reports findings of this severity. */
export const isDamage = (severity: string): boolean =>
  severity === 'unsafe' || severity === 'damaged';
