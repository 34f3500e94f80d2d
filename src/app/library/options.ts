/**
 * Options of the library's functions: those of the command line in camelCase, with the same values.
 */
import type { ActionKind } from '../../graph/action-kinds.js';
import type { SortKey } from '../../report/model/view.js';
import type { ProgressUpdate, Question } from '../context.js';

type Many = string | readonly string[];

/** Options of every function. */
export interface CommonOptions {
  /** The registry's rootdirectory, or its `docker/registry/v2`. */
  readonly root?: string;
  /**
   * Path of the registry's config.yml. Its rootdirectory is used if `root` isn't given, and its
   * cache section.
   */
  readonly config?: string;
  /** Number of worker threads, at most 64. */
  readonly concurrency?: number;
  /** Globs for repository names. */
  readonly repo?: Many;
  readonly exclude?: Many;
  /**
   * Folder for journal, audit log and the index of the quarantine, instead of `<root>/.regsweep`.
   */
  readonly stateDir?: string;
  /** Ends the work cleanly. The promise rejects with code `interrupted`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (update: ProgressUpdate) => void;
  readonly onNote?: (message: string) => void;
  readonly onWarning?: (message: string) => void;
}

/** Options that decide what is garbage. */
export interface MarkingOptions {
  /** A duration: `24h`. */
  readonly minAge?: string;
  readonly ageBy?: 'newest' | 'mtime';
  readonly deleteUntagged?: boolean;
  readonly allowTagless?: boolean;
  /** Path of a file with digests that are in use. */
  readonly keepDigests?: string;
  /** Path of a policy file. */
  readonly policy?: string;
  /** The next three are a policy without a file. */
  readonly keepLast?: number;
  /** A duration: `30d`. */
  readonly keepWithin?: string;
  /** Patterns for tags. */
  readonly keepTags?: Many;
  readonly trustMtimes?: boolean;
  readonly allowEmpty?: boolean;
}

export interface SelectionOptions extends MarkingOptions {
  readonly orphanSignatures?: boolean;
  readonly only?: readonly ActionKind[];
  readonly skip?: readonly ActionKind[];
  /** A percentage: `90%`. */
  readonly maxDelete?: string;
  readonly allowShrunk?: boolean;
  /** Accept a tree without any manifest or repository: everything in it is garbage then. */
  readonly allowEmptyTree?: boolean;
}

/** Options of the guard. None of them skips it. */
export interface GuardOptions {
  /** A duration: `5s`. */
  readonly quietWindow?: string;
  readonly registryUrl?: Many;
  readonly registryUser?: string;
  readonly registryPasswordFile?: string;
  readonly registryCert?: string;
  readonly registryKey?: string;
  readonly registryCa?: string;
}

export interface ChangeOptions extends CommonOptions, GuardOptions {
  readonly dryRun?: boolean;
  /** Called before anything changes. Without it, nobody is asked. */
  readonly confirm?: (question: Question) => boolean | Promise<boolean>;
}

export interface DowntimeOptions {
  /** A URL, or `true` for the Redis in the registry's configuration. */
  readonly flushRedis?: string | true;
  /** The descriptor cache, if it can't be detected: `inmemory`, `none` or the URL of a Redis. */
  readonly cache?: string;
  readonly stopCommand?: string;
  readonly startCommand?: string;
  /** A duration. */
  readonly commandTimeout?: string;
}

export interface AnalyzeOptions extends CommonOptions, MarkingOptions {
  readonly details?: boolean;
  readonly tags?: boolean;
  readonly layers?: boolean;
  readonly sort?: SortKey;
  readonly top?: number;
  /** A duration. The growth over this period is reported. */
  readonly since?: string;
}

export interface CheckOptions extends CommonOptions {
  readonly minAge?: string;
  readonly ageBy?: 'newest' | 'mtime';
  readonly verify?: boolean;
  /** Bytes per second: `50M`. */
  readonly bwlimit?: string;
}

export interface ExplainOptions
  extends CommonOptions,
    Pick<MarkingOptions, 'minAge' | 'ageBy' | 'deleteUntagged' | 'allowTagless' | 'keepDigests'> {
  /** A digest, `repo`, `repo:tag` or `repo@digest`. */
  readonly subject: string;
  /** Also report the platforms of the image, with their layers. */
  readonly platform?: boolean;
}

export interface PlanOptions extends CommonOptions, SelectionOptions {
  /** Path. The plan is also written there, for `sweep({ plan })`. */
  readonly output?: string;
  readonly force?: boolean;
}

export interface SweepOptions extends ChangeOptions, SelectionOptions, DowntimeOptions {
  /** Path of a plan file. Nothing else is removed. */
  readonly plan?: string;
  /** Delete without quarantine. This can't be undone. */
  readonly delete?: boolean;
  /** Folder to which removed images are written first. */
  readonly backup?: string;
  /** A duration. Quarantined runs older than this are deleted first. */
  readonly purgeOlderThan?: string;
}

/** With `dryRun`: the plan is written there, for `sweep({ plan })` or `purge({ plan })`. */
export interface SavingOptions {
  readonly output?: string;
  readonly force?: boolean;
}

export interface TidyOptions
  extends ChangeOptions,
    SavingOptions,
    DowntimeOptions,
    Pick<SelectionOptions, 'minAge' | 'ageBy' | 'maxDelete' | 'allowShrunk' | 'allowEmptyTree'> {}

export interface RemoveOptions extends ChangeOptions, SavingOptions, DowntimeOptions {
  /** `repo`, `repo:tag` or `repo@digest`; globs are allowed. */
  readonly targets: readonly string[];
  readonly minAge?: string;
  readonly ageBy?: 'newest' | 'mtime';
  readonly keepDigests?: string;
  readonly maxDelete?: string;
  readonly allowShrunk?: boolean;
  readonly delete?: boolean;
  /** Folder to which removed images are written first. */
  readonly backup?: string;
}

type StoppingOptions = Pick<DowntimeOptions, 'stopCommand' | 'startCommand' | 'commandTimeout'>;

export interface RestoreOptions extends ChangeOptions, StoppingOptions {
  readonly minAge?: string;
  /** IDs of runs. */
  readonly run?: Many;
  /** `repo`, `repo:tag` or a digest. */
  readonly ref?: Many;
  /** A duration. */
  readonly olderThan?: string;
}

export interface PurgeOptions extends ChangeOptions, SavingOptions, DowntimeOptions {
  /** The file of a saved purge: nothing else goes. */
  readonly plan?: string;
  readonly ageBy?: 'newest' | 'mtime';
  readonly run?: Many;
  readonly allowEmptyTree?: boolean;
  /** A duration: how long a run must have been in quarantine, such as `24h`. */
  readonly minAge?: string;
  readonly olderThan?: string;
}

export interface HistoryOptions extends CommonOptions {
  readonly since?: string;
  readonly top?: number;
}

export interface ReportOptions extends CommonOptions, MarkingOptions {
  /** Path of the HTML file. */
  readonly output: string;
  readonly force?: boolean;
}

export interface PreviewOptions extends CommonOptions {
  /** Path of the policy file. */
  readonly policy: string;
  readonly minAge?: string;
  readonly ageBy?: 'newest' | 'mtime';
  readonly keepDigests?: string;
  readonly trustMtimes?: boolean;
  readonly allowEmpty?: boolean;
}

/** All options of all functions. */
export type AnyOptions = Partial<
  AnalyzeOptions &
    CheckOptions &
    ExplainOptions &
    PlanOptions &
    SweepOptions &
    RemoveOptions &
    RestoreOptions &
    PurgeOptions
>;
