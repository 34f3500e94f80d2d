/**
 * The selection: which items a run may remove. Plain data, because plans contain it. Ages are in
 * seconds.
 */
import type { Facts } from '../../facts/types.js';
import { ACTION_KINDS, type ActionKind } from '../../graph/action-kinds.js';
import { type MarkOptions, NO_REMOVALS } from '../../graph/types.js';
import type { Digest } from '../../storage/digest.js';
import { repositoryMatcher } from '../../util/pattern/glob-list.js';
import type { Options } from '../options.js';
import { keepListOf, keptIn } from './keep-list.js';
import type { PolicySource } from './policy-source.js';

export interface Selection {
  readonly ageBy: 'newest' | 'mtime';
  readonly minAge: number;
  readonly deleteUntagged: boolean;
  readonly allowTagless: boolean;
  readonly allowShrunk: boolean;
  readonly allowEmptyTree: boolean;
  readonly maxDelete: number;
  /** Globs for repository names; an empty list includes all. */
  readonly repo: readonly string[];
  /** Globs for repositories to exclude. */
  readonly exclude: readonly string[];
  readonly kinds: readonly ActionKind[];
  /** The registry runs read-only. Its uploads are kept, also in repositories that are removed. */
  readonly keepUploads?: boolean | undefined;
  readonly keepDigests: readonly Digest[];
  /** References, and shortened digests, that are kept. */
  readonly keepNames: readonly string[];
  readonly policy?: PolicySource | undefined;
  readonly trustMtimes: boolean;
  readonly allowEmpty: boolean;
  readonly orphanSignatures: boolean;
  /** Folder of the records of pulls, if not beside the tree. */
  readonly stateDir?: string | undefined;
  /** The targets of `rm`. */
  readonly targets: readonly string[];
}

export function selectionOf(options: Options): Selection {
  return {
    ageBy: options.ageBy,
    minAge: options.minAge,
    deleteUntagged: options.deleteUntagged,
    allowTagless: options.allowTagless,
    allowShrunk: options.allowShrunk,
    allowEmptyTree: options.allowEmptyTree,
    maxDelete: options.maxDelete,
    repo: options.repo,
    exclude: options.exclude,
    kinds: ACTION_KINDS.filter((kind) => options.kinds.has(kind)),
    ...keepListOf(options),
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    trustMtimes: options.trustMtimes,
    allowEmpty: options.allowEmpty,
    orphanSignatures: options.orphanSignatures,
    ...(options.stateDir === undefined ? {} : { stateDir: options.stateDir }),
    targets: [],
  };
}

/** The kinds for the targets and what only they refer to. Other leftovers are left to `sweep`. */
export const NAMED_KINDS: readonly ActionKind[] = [
  'tag',
  'tag-history',
  'revision',
  'layer-link',
  'blob',
  'repository',
];

/** `tidy` never removes a blob's data, or a manifest that is linked. */
const TIDY: readonly ActionKind[] = ['tag-history', 'layer-link', 'empty-directory', 'repository'];

/** The options of `tidy`, whatever else was given. */
export const tidySelection = (selection: Selection): Selection => ({
  ...selection,
  policy: undefined,
  deleteUntagged: false,
  orphanSignatures: false,
  targets: [],
  kinds: TIDY,
});

export function markOptions(facts: Facts, selection: Selection, now: number): MarkOptions {
  return {
    now,
    minAge: selection.minAge,
    deleteUntagged: selection.deleteUntagged,
    allowTagless: selection.allowTagless,
    inScope: repositoryMatcher(selection.repo, selection.exclude),
    kinds: new Set(selection.kinds),
    keepUploads: selection.keepUploads ?? false,
    keepDigests: keptIn(facts, selection).digests,
    removals: NO_REMOVALS,
  };
}
