/** What the library's callers give: the command line's options in camelCase, values as written there. */
import type { ActionKind } from '../../graph/action-kinds.js';
import type { SortKey } from '../../report/model/view.js';
import type { ProgressUpdate, Question } from '../context.js';

type Many = string | readonly string[];

/** What every function takes. */
export interface CommonOptions {
  /** The registry's rootdirectory, or its `docker/registry/v2`. */
  readonly root?: string;
  /** The registry's own config.yml: its rootdirectory, where `root` isn't given, and its caches. */
  readonly config?: string;
  /** Worker threads, 64 at most. */
  readonly concurrency?: number;
  /** Globs on repositories' names. */
  readonly repo?: Many;
  readonly exclude?: Many;
  /** Journal, audit log and quarantine's index, where not `<root>/.regsweep`. */
  readonly stateDir?: string;
  /** Ends the work cleanly; the promise rejects with code `interrupted`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (update: ProgressUpdate) => void;
  readonly onNote?: (message: string) => void;
  readonly onWarning?: (message: string) => void;
}

/** What counts as garbage. */
export interface MarkingOptions {
  /** A duration: `24h`. */
  readonly minAge?: string;
  readonly ageBy?: 'newest' | 'mtime';
  readonly deleteUntagged?: boolean;
  readonly allowTagless?: boolean;
  /** A file of digests that are in use. */
  readonly keepDigests?: string;
  /** A policy file. */
  readonly policy?: string;
  /** The next three are a policy without a file. */
  readonly keepLast?: number;
  /** A duration: `30d`. */
  readonly keepWithin?: string;
  /** Patterns on tags. */
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
  /** A tree without any manifest or repository: all of it is garbage then. */
  readonly allowEmptyTree?: boolean;
}

/** How the guard looks. None of these skips it. */
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
  /** Asked before anything changes. Without it the call itself is the consent. */
  readonly confirm?: (question: Question) => boolean | Promise<boolean>;
}

export interface DowntimeOptions {
  /** A URL, or `true` for the Redis that the registry's configuration names. */
  readonly flushRedis?: string | true;
  /** `inmemory`, `none` or the URL of a Redis: what caches blob descriptors, where it can't be seen. */
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
  /** A duration: growth over this time. */
  readonly since?: string;
}

export interface CheckOptions extends CommonOptions {
  readonly minAge?: string;
  readonly ageBy?: 'newest' | 'mtime';
  readonly verify?: boolean;
  /** Bytes a second: `50M`. */
  readonly bwlimit?: string;
}

export interface ExplainOptions
  extends CommonOptions,
    Pick<MarkingOptions, 'minAge' | 'ageBy' | 'deleteUntagged' | 'allowTagless' | 'keepDigests'> {
  /** A digest, `repo`, `repo:tag` or `repo@digest`. */
  readonly subject: string;
  /** Also the platforms of the image, with their layers. */
  readonly platform?: boolean;
}

export interface PlanOptions extends CommonOptions, SelectionOptions {
  /** Also writes the plan there, for `sweep({ plan })`. */
  readonly output?: string;
  readonly force?: boolean;
}

export interface SweepOptions extends ChangeOptions, SelectionOptions, DowntimeOptions {
  /** A plan file: nothing else goes. */
  readonly plan?: string;
  /** No quarantine: there is no way back. */
  readonly delete?: boolean;
  /** A folder to which images that go are written first. */
  readonly backup?: string;
  /** A duration: quarantined runs that are older are deleted first. */
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
  /** A folder to which images that go are written first. */
  readonly backup?: string;
}

type StoppingOptions = Pick<DowntimeOptions, 'stopCommand' | 'startCommand' | 'commandTimeout'>;

export interface RestoreOptions extends ChangeOptions, StoppingOptions {
  readonly minAge?: string;
  /** Runs by id. */
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
  /** A duration that a run must have lain in quarantine: `24h`. */
  readonly minAge?: string;
  readonly olderThan?: string;
}

export interface HistoryOptions extends CommonOptions {
  readonly since?: string;
  readonly top?: number;
}

export interface ReportOptions extends CommonOptions, MarkingOptions {
  /** The HTML file. */
  readonly output: string;
  readonly force?: boolean;
}

export interface PreviewOptions extends CommonOptions {
  /** The policy file. */
  readonly policy: string;
  readonly minAge?: string;
  readonly ageBy?: 'newest' | 'mtime';
  readonly keepDigests?: string;
  readonly trustMtimes?: boolean;
  readonly allowEmpty?: boolean;
}

/** Every option of every function. */
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
