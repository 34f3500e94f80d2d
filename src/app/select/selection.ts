/** What a run may remove: plain data, so that a plan can carry it. Ages are in seconds. */
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
  /** Globs on repositories' names; none means all. */
  readonly repo: readonly string[];
  /** What is left out of them. */
  readonly exclude: readonly string[];
  readonly kinds: readonly ActionKind[];
  /** The registry lives, read-only: uploads are its own, in repositories that go too. */
  readonly keepUploads?: boolean | undefined;
  readonly keepDigests: readonly Digest[];
  /** References that stay, and digests that were cut short. */
  readonly keepNames: readonly string[];
  readonly policy?: PolicySource | undefined;
  readonly trustMtimes: boolean;
  readonly allowEmpty: boolean;
  readonly orphanSignatures: boolean;
  /** Where the records of pulls are, if not beside the tree. */
  readonly stateDir?: string | undefined;
  /** What `rm` names. */
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

/** What was named, and what that alone held; debris of other origin is left to `sweep`. */
export const NAMED_KINDS: readonly ActionKind[] = [
  'tag',
  'tag-history',
  'revision',
  'layer-link',
  'blob',
  'repository',
];

/** Never a blob's data, nor a manifest that is linked. */
const TIDY: readonly ActionKind[] = ['tag-history', 'layer-link', 'empty-directory', 'repository'];

/** What `tidy` may take, whatever else was asked for. */
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
