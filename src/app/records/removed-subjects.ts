/**
 * Images that were removed while tags of signatures were about them. Without this record, the next
 * run would not know that these signatures are left over.
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { tombstonesOf } from '../../facts/tombstones.js';
import type { Facts } from '../../facts/types.js';
import type { Action } from '../../plan/types.js';
import { subjectOfTag } from '../../policy/index.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import type { SweepState } from '../../sweep/index.js';
import { errnoOf, RegsweepError } from '../../util/errors.js';

/** By repository. */
export type RemovedSubjects = ReadonlyMap<string, ReadonlySet<Digest>>;

const pathOf = (state: SweepState): string => `${state.historyPath}/removed-subjects.jsonl`;

/** Written before the run. Entries about images that are then kept have no effect. */
export function recordSubjects(state: SweepState, facts: Facts, actions: Iterable<Action>): void {
  const signed = new Map<string, Set<Digest>>();
  for (const { name, tags } of facts.repositories) {
    const subjects = tags.names.flatMap((tag) => subjectOfTag(tag) ?? []);
    if (subjects.length > 0) signed.set(name, new Set(subjects));
  }
  if (signed.size === 0) return;
  let lines = '';
  for (const action of actions) {
    for (const [repository, digest] of evidenceIn(action)) {
      if (signed.get(repository)?.has(digest) !== true) continue;
      lines += `${JSON.stringify({ repository, digest })}\n`;
    }
  }
  if (lines === '') return;
  mkdirSync(state.historyPath, { recursive: true, mode: 0o700 });
  // A line that a crash cut off is ended first.
  appendFileSync(pathOf(state), `\n${lines}`, { mode: 0o600, flush: true });
}

/** The digest of an image that an action removes from a repository. */
function* evidenceIn({ kind, repository, digest, path }: Action): Generator<[string, Digest]> {
  if (kind === 'revision' || kind === 'tag-history') {
    if (repository !== undefined && digest !== undefined) yield [repository, digest];
  } else if (kind === 'empty-directory') {
    for (const [name, digests] of tombstonesOf({ emptyFolders: [path] })) {
      for (const one of digests) yield [name, one];
    }
  }
}

/**
 * Lines that a crash cut off are ignored; the signature is then kept.
 * @throws RegsweepError `failed` if the record exists and can't be read
 */
export function removedSubjects(state: SweepState): RemovedSubjects {
  const path = pathOf(state);
  const found = new Map<string, Set<Digest>>();
  for (const line of readLines(path)) {
    const entry = parsed(line);
    if (entry === undefined) continue;
    const known = found.get(entry.repository) ?? new Set<Digest>();
    found.set(entry.repository, known.add(entry.digest));
  }
  return found;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return [];
    throw new RegsweepError('failed', `${path} can't be read: ${(cause as Error).message}`, {
      path,
      cause,
      remedy: `remove ${path}; signatures of images that earlier runs removed are then kept`,
    });
  }
}

function parsed(line: string): { repository: string; digest: Digest } | undefined {
  try {
    const { repository, digest } = JSON.parse(line) as Record<string, unknown>;
    const known = parseDigest(String(digest));
    return typeof repository === 'string' && known !== undefined
      ? { repository, digest: known }
      : undefined;
  } catch {
    return undefined;
  }
}
