/** `sha256:…`, `repo`, `repo:tag`, `repo@sha256:…`, as people write them. */

import type { Reference } from '../../graph/explain.js';
import { parseDigest } from '../../storage/digest.js';
import { usageError } from '../../util/errors.js';

/** @throws RegsweepError `usage` */
export function parseReference(text: string): Reference {
  const digest = parseDigest(text);
  if (digest !== undefined) return { digest };
  const at = text.indexOf('@');
  if (at >= 0) return atDigest(text, text.slice(0, at), text.slice(at + 1));
  const colon = text.lastIndexOf(':');
  if (colon <= text.lastIndexOf('/')) return { repository: nonEmpty(text, text) };
  const tag = nonEmpty(text, text.slice(colon + 1));
  return { repository: nonEmpty(text, text.slice(0, colon)), tag };
}

function atDigest(text: string, repository: string, rest: string): Reference {
  const digest = parseDigest(rest);
  if (digest === undefined) throw usageError(`"${text}": what follows @ is no whole digest`);
  return { repository: nonEmpty(text, repository), digest };
}

function nonEmpty(text: string, part: string): string {
  if (part !== '') return part;
  throw usageError(`"${text}" is no digest, repo, repo:tag or repo@digest`);
}
