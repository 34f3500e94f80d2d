/** The path from a root to a digest, and links to it, in words. */
import type { Step } from '../../graph/explain.js';
import { printable } from '../../storage/names.js';

/** Kinds that have another name for people than in JSON. */
const NAMES: Readonly<Record<string, string>> = {
  revision: 'manifest link',
  reference: 'refers to',
  young: 'recent',
};

export const kindName = (kind: string): string => NAMES[kind] ?? kind;

/** Such as `tag team/app:1.0 sha256:...`. */
export function stepText({ kind, repository, tag, digest, note }: Step): string {
  const where = [repository, tag].filter((part) => part !== undefined).join(':');
  const why = note === undefined ? '' : `(${printable(note)})`;
  return [kindName(kind), printable(where), digest, why]
    .filter((word) => word !== undefined && word !== '')
    .join(' ');
}
