/** What a run may remove: plain data, so that a plan can carry it. Ages are in seconds. */
import { readFileSync } from 'node:fs';
import { ACTION_KINDS, type ActionKind } from '../../graph/action-kinds.js';
import { type MarkOptions, NO_REMOVALS } from '../../graph/types.js';
import { type Digest, digestsIn } from '../../storage/digest.js';
import { RegsweepError, usageError } from '../../util/errors.js';
import { repositoryMatcher } from '../../util/glob-list.js';
import type { Options } from '../options.js';
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
  readonly kinds: readonly ActionKind[];
  /** The registry lives, read-only: uploads are its own, in repositories that go too. */
  readonly keepUploads?: boolean | undefined;
  readonly keepDigests: readonly Digest[];
  readonly policy?: PolicySource | undefined;
  readonly trustMtimes: boolean;
  readonly allowEmpty: boolean;
  readonly orphanSignatures: boolean;
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
    kinds: ACTION_KINDS.filter((kind) => options.kinds.has(kind)),
    keepDigests: keepDigestsOf(options),
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    trustMtimes: options.trustMtimes,
    allowEmpty: options.allowEmpty,
    orphanSignatures: options.orphanSignatures,
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

export function markOptions(selection: Selection, now: number): MarkOptions {
  return {
    now,
    minAge: selection.minAge,
    deleteUntagged: selection.deleteUntagged,
    allowTagless: selection.allowTagless,
    inScope: repositoryMatcher(selection.repo),
    kinds: new Set(selection.kinds),
    keepUploads: selection.keepUploads ?? false,
    keepDigests: new Set(selection.keepDigests),
    removals: NO_REMOVALS,
  };
}

export const keepDigestsOf = ({ keepDigests }: Pick<Options, 'keepDigests'>): Digest[] =>
  keepDigests === undefined ? [] : readDigests(keepDigests);

/** A line that names no digest is an error: what was meant to stay would go. */
function readDigests(path: string): Digest[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RegsweepError('usage', `--keep-digests: ${(cause as Error).message}`, {
      path,
      cause,
      remedy: 'name a file that is there and can be read, with one digest a line',
    });
  }
  const digests = new Set<Digest>();
  for (const [i, line] of text.split('\n').entries()) {
    const content = line.replace(/(^|\s)#.*$/, '').trim();
    if (content === '') continue;
    const found = digestsIn(content);
    if (found.length === 0 || found.length < (content.match(DIGEST_BEGINS) ?? []).length) {
      throw notDigest(`--keep-digests ${path}, line ${i + 1}`, content);
    }
    for (const digest of found) digests.add(digest);
  }
  if (digests.size > 0) return [...digests].sort();
  throw usageError(
    `--keep-digests ${path}: it names no digest`,
    'a list that could not be made is empty too; where nothing is to be kept, leave the option out',
  );
}

const DIGEST_BEGINS = /(?<![0-9a-z])sha(?:256|384|512):/gi;

function notDigest(where: string, content: string): RegsweepError {
  const isCase = digestsIn(content.toLowerCase()).length > digestsIn(content).length;
  return usageError(
    isCase
      ? `${where}: digests are lower case, this one has capitals: "${content}"`
      : `${where}: no whole digest in "${content}"`,
    'write each as sha256: and 64 digits of 0-9a-f; # begins a comment',
  );
}
