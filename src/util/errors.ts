/**
 * Typed errors. Each has a stable `code`, the path that it concerns, and a remedy. `exitCodeOf` is
 * the only place that maps an error to the exit code of the process.
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
  /** What the user can do, as a command to paste if possible. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** An expected failure. Any other exception is a bug or an unhandled system error. */
export class RegsweepError extends Error {
  override readonly name = 'RegsweepError';
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly remedy: string | undefined;
  /**
   * The report of what was done before the error, from functions of the library that change the
   * tree.
   */
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

/** @returns the exit code of an error; 1 if it is not a RegsweepError */
export function exitCodeOf(error: unknown): number {
  return error instanceof RegsweepError ? exitCodes[error.code] : EXIT.failed;
}

/**
 * Linux errors that Node has no name for. Node reports them as `UNKNOWN` or `Unknown system error
 * -122`.
 */
const UNNAMED: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  37: ['ENOLCK', 'no locks available'],
  67: ['ENOLINK', 'link has been severed'],
  74: ['EBADMSG', 'bad message: the filesystem found a wrong checksum'],
  116: ['ESTALE', 'stale file handle'],
  117: ['EUCLEAN', 'structure needs cleaning: the filesystem is damaged'],
  121: ['EREMOTEIO', 'remote I/O error'],
  122: ['EDQUOT', 'disk quota exceeded'],
  123: ['ENOMEDIUM', 'no medium found'],
  126: ['ENOKEY', 'required key not available'],
  127: ['EKEYEXPIRED', 'key has expired'],
  128: ['EKEYREVOKED', 'key has been revoked'],
  133: ['EHWPOISON', 'memory page has hardware error'],
};

const unnamed = (error: unknown): readonly [string, string] | undefined => {
  const { errno } = (error ?? {}) as { errno?: unknown };
  return typeof errno === 'number' ? UNNAMED[-errno] : undefined;
};

/** @returns the errno name of a system error (`ENOENT`, `EDQUOT`), or undefined */
export function errnoOf(error: unknown): string | undefined {
  const named = unnamed(error);
  if (named !== undefined) return named[0];
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/**
 * @returns the message of an error; for errors that Node has no name for, their name and meaning
 */
export function messageOf(error: unknown): string {
  const { message, syscall } = error as { message?: string; syscall?: string };
  const named = unnamed(error);
  if (named === undefined) return message ?? String(error);
  return `${named[0]}: ${named[1]}${syscall === undefined ? '' : `, ${syscall}`}`;
}

/** @returns whether a disk is full or a quota is exceeded, for bytes, blocks or inodes */
export function isNoSpace(error: unknown): boolean {
  const errno = errnoOf(error);
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return true;
  const { cause } = (error ?? {}) as { cause?: unknown };
  return cause !== undefined && isNoSpace(cause);
}

const MISSING: readonly string[] = ['ENOENT'];
/** Also the error for a path below a file: it does not exist either. */
export const MISSING_OR_NO_FOLDER: readonly string[] = ['ENOENT', 'ENOTDIR'];

/** @returns the result of `call`; undefined if it throws an error with one of the codes */
export function orMissing<T>(call: () => T, missing = MISSING): T | undefined {
  try {
    return call();
  } catch (error) {
    if (missing.includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
