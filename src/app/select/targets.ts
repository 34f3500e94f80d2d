/** References and globs of `rm`, and the error for those that name nothing. */

import type { Facts } from '../../facts/types.js';
import { type MissingTarget, type Named, resolveTargets, type Target } from '../../policy/index.js';
import { printable } from '../../storage/names.js';
import { usageError } from '../../util/errors.js';
import { nearest } from '../../util/nearest-word.js';
import { parseReference } from './reference.js';

/** @throws RegsweepError `usage` */
export function parseTarget(text: string): Target {
  const question = parseReference(text);
  if ('repository' in question) return { text, ...question };
  throw usageError(
    `"${text}" is a digest without a repository`,
    `name the repository too: repo@${text}; regsweep explain ${text} shows which link it`,
  );
}

/**
 * @param inScope repositories among which the targets are looked for
 * @throws RegsweepError `usage` with all that name nothing: then nothing else goes either
 */
export function resolveOrThrow(
  facts: Facts,
  texts: readonly string[],
  inScope: (repository: string) => boolean,
): Named {
  const repositories = facts.repositories.filter(({ name }) => inScope(name));
  const { named, missing } = resolveTargets({ ...facts, repositories }, texts.map(parseTarget));
  if (missing.length === 0) return named;
  const remedies = [...new Set(missing.map(remedyOf))];
  throw usageError(missing.map(messageOf).join('\n'), remedies.join('\n  → '));
}

/** Those of the targets that name something. */
export function resolvable(
  facts: Facts,
  texts: readonly string[],
  inScope: (repository: string) => boolean,
): string[] {
  const repositories = facts.repositories.filter(({ name }) => inScope(name));
  const { missing } = resolveTargets({ ...facts, repositories }, texts.map(parseTarget));
  const gone = new Set(missing.map(({ target }) => target));
  return texts.filter((text) => !gone.has(text));
}

/** What was probably meant by a reference that names nothing; undefined where nothing is near. */
export function nearestReference(facts: Facts, text: string): string | undefined {
  const [missing] = resolveTargets(facts, [parseTarget(text)]).missing;
  const near = missing === undefined ? undefined : nearest(missing.word, missing.known);
  return near === undefined ? undefined : printable(missing!.prefix + near);
}

function messageOf({ target, what }: MissingTarget): string {
  return `${printable(target)}: there is no such ${what}; nothing was removed`;
}

function remedyOf({ what, word, known, prefix, target }: MissingTarget): string {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean ${printable(prefix + near)}?`;
  if (what === 'manifest') return `regsweep explain ${target.slice(target.indexOf('@') + 1)}`;
  return what === 'tag'
    ? 'regsweep explain REPOSITORY lists its tags'
    : 'regsweep analyze lists the repositories';
}
