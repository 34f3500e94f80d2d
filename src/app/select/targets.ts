/** References and globs of `rm`, and errors about those that match nothing. */

import type { Facts } from '../../facts/types.js';
import { type MissingTarget, type Named, resolveTargets, type Target } from '../../policy/index.js';
import { printable } from '../../storage/names.js';
import { usageError } from '../../util/errors.js';
import { nearest } from '../../util/nearest-word.js';
import { compilePattern, patternProblem } from '../../util/pattern/index.js';
import { shellWord } from '../../util/shell-quote.js';
import { readReference, wholeDigest, withoutHost } from './reference.js';

/** Checks that need no tree. @throws RegsweepError `usage` */
export function checkTarget(text: string): void {
  const { repository, tag, digest } = readReference(text);
  // A repository may be named like the beginning of a digest.
  if (repository === undefined && text.length >= 64) throw onlyDigest(text);
  if (tag !== undefined && digest !== undefined) {
    throw usageError(`"${text}" names a tag and a digest`, 'omit one of them');
  }
}

const onlyDigest = (text: string) =>
  usageError(
    `"${text}" is a digest without a repository`,
    `name the repository too: repo@${text}; regsweep explain ${text} shows which link it`,
  );

/** @throws RegsweepError `usage` */
function targetOf(facts: Facts, text: string): Target {
  const names = facts.repositories.map(({ name }) => name);
  const { repository: written, tag, digest } = readReference(text);
  if (written === undefined) {
    if (names.includes(text)) return { text, repository: text };
    throw onlyDigest(text);
  }
  const isThere = (name: string): boolean =>
    names.includes(name) ||
    (patternProblem(name, 'repository') === undefined &&
      names.some(compilePattern(name, 'repository')));
  const repository = withoutHost(written, isThere);
  const host = written.slice(0, -repository.length - 1);
  if (repository !== written && PUBLIC.test(host)) {
    throw usageError(
      `"${text}" belongs to another registry: ${host}`,
      `if this registry's ${repository} is meant, omit the host`,
    );
  }
  const where = names.includes(repository) ? repository : undefined;
  return {
    text,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: wholeDigest(facts, text, digest, where) }),
  };
}

/** Hosts that are certainly not a private registry. */
const PUBLIC =
  /^(?:(?:.*\.)?docker\.(?:io|com)|ghcr\.io|quay\.io|(?:.*\.)?gcr\.io|registry\.k8s\.io|mcr\.microsoft\.com|public\.ecr\.aws|registry\.(?:gitlab\.com|access\.redhat\.com))$/;

/**
 * @param inScope repositories in which the targets are searched
 * @throws RegsweepError `usage` with all targets that match nothing; then nothing is removed
 */
export function resolveOrThrow(
  facts: Facts,
  texts: readonly string[],
  inScope: (repository: string) => boolean,
): Named {
  const repositories = facts.repositories.filter(({ name }) => inScope(name));
  const { named, missing } = resolveTargets(
    { ...facts, repositories },
    texts.map((text) => targetOf({ ...facts, repositories }, text)),
  );
  if (missing.length === 0) return named;
  const remedies = [
    ...new Set(missing.map((one) => remedyOf(one, shellWord(facts.tree.rootDirectory)))),
  ];
  throw usageError(missing.map(messageOf).join('\n'), remedies.join('\n  → '));
}

/** The targets that match something. */
export function resolvable(
  facts: Facts,
  texts: readonly string[],
  inScope: (repository: string) => boolean,
): string[] {
  const repositories = facts.repositories.filter(({ name }) => inScope(name));
  const scope = { ...facts, repositories };
  const { missing } = resolveTargets(
    scope,
    texts.map((text) => targetOf(scope, text)),
  );
  const gone = new Set(missing.map(({ target }) => target));
  return texts.filter((text) => !gone.has(text));
}

/**
 * The name that was probably meant by a reference that matches nothing; undefined if none is
 * similar.
 */
export function nearestReference(facts: Facts, text: string): string | undefined {
  const [missing] = resolveTargets(facts, [targetOf(facts, text)]).missing;
  const near = missing === undefined ? undefined : nearest(missing.word, missing.known);
  return near === undefined ? undefined : printable(missing!.prefix + near);
}

function messageOf({ target, what }: MissingTarget): string {
  return `${printable(target)}: no such ${what}; nothing was removed`;
}

function remedyOf({ what, word, known, prefix, target }: MissingTarget, root: string): string {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean ${printable(prefix + near)}?`;
  if (what === 'manifest') {
    return `regsweep explain ${target.slice(target.indexOf('@') + 1)} --root ${root}`;
  }
  return what === 'tag'
    ? `to list its tags:\nregsweep ls ${shellWord(prefix.replace(/:$/, ''))} --root ${root}`
    : `to list the repositories:\nregsweep ls --root ${root}`;
}
