/**
 * Typed errors. Each carries a stable `code`, the path it is about, and a remedy;
 * `exitCodeOf` is the only place that maps an outcome to the process's exit code.
 */

export const EXIT = {
  done: 0,
  failed: 1,
  detailed: 2,
  partial: 3,
  notRegistry: 10,
  locked: 11,
  guard: 12,
  facts: 13,
  plan: 14,
  usage: 64,
  interrupted: 130,
} as const;

export type ErrorCode =
  | 'failed'
  | 'not-a-registry'
  | 'locked'
  | 'guard-refused'
  | 'facts-refused'
  | 'plan-refused'
  | 'usage'
  | 'interrupted';

const exitCodes: Record<ErrorCode, number> = {
  failed: EXIT.failed,
  'not-a-registry': EXIT.notRegistry,
  locked: EXIT.locked,
  'guard-refused': EXIT.guard,
  'facts-refused': EXIT.facts,
  'plan-refused': EXIT.plan,
  usage: EXIT.usage,
  interrupted: EXIT.interrupted,
};

export interface ErrorDetails {
  readonly path?: string;
  /** What the user can do about it, ready to paste where that is possible. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

export class RegsweepError extends Error {
  override readonly name = 'RegsweepError';
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly remedy: string | undefined;
  /** What was done before it, where a changing function of the library rejects. */
  report?: unknown;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.path = details.path;
    this.remedy = details.remedy;
  }
}

export const usageError = (message: string, remedy?: string): RegsweepError =>
  new RegsweepError('usage', message, remedy === undefined ? {} : { remedy });

export function exitCodeOf(error: unknown): number {
  return error instanceof RegsweepError ? exitCodes[error.code] : EXIT.failed;
}

/** The errno name of a Node system error (`ENOENT`, `EACCES`, ...), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
