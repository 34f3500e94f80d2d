/** Validates actions and paths that are read from a plan file or a journal. */
import { ACTION_KINDS } from '../../graph/action-kinds.js';
import { parseDigest } from '../../storage/digest.js';
import {
  BLOBS,
  blobPath,
  layerPath,
  REPOSITORIES,
  revisionPath,
  tagHistoryPath,
  tagPath,
} from '../../storage/layout.js';
import type { Action } from '../types.js';

/** Whether a path is relative to the tree and can't lead out of it. */
export function isSafePath(path: unknown): path is string {
  if (typeof path !== 'string' || path.includes('\0')) return false;
  const parts = path.split('/');
  if (parts[0] !== BLOBS && parts[0] !== REPOSITORIES) return false;
  return parts.every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Whether the path is in the folder of its kind, and not `blobs` or `repositories` itself. */
export function fitsKind(kind: unknown, path: string): boolean {
  if (!(ACTION_KINDS as readonly unknown[]).includes(kind) || !path.includes('/')) return false;
  const top = path.slice(0, path.indexOf('/'));
  if (kind === 'empty-directory') return true;
  return top === (kind === 'blob' ? BLOBS : REPOSITORIES);
}

/** What an item is called, apart from its path. */
export interface ItemNames {
  readonly kind: Action['kind'];
  readonly repository?: string | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

/** The path that follows from an item's other names; undefined if they don't determine it. */
export function pathFromNames({
  kind,
  repository,
  tag,
  digest: text,
}: ItemNames): string | undefined {
  if (kind === 'tag') {
    return repository === undefined || tag === undefined ? undefined : tagPath(repository, tag);
  }
  const digest = text === undefined ? undefined : parseDigest(text);
  if (digest === undefined) return undefined;
  if (kind === 'blob') return blobPath(digest);
  if (repository === undefined) return undefined;
  if (kind === 'revision') return revisionPath(repository, digest);
  if (kind === 'layer-link') return layerPath(repository, digest);
  if (kind !== 'tag-history' || tag === undefined) return undefined;
  return tagHistoryPath(repository, tag, digest);
}

const isOptionalText = (value: unknown): boolean =>
  value === undefined || typeof value === 'string';

/** Whether a value has the form of an action that regsweep writes. */
export function isAction(value: unknown): value is Action {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, path, digest, repository, tag, bytes, reason } = value as Record<string, unknown>;
  if (!isSafePath(path) || !fitsKind(kind, path) || typeof reason !== 'string') return false;
  if (digest !== undefined && parseDigest(String(digest)) !== digest) return false;
  if (bytes !== undefined && !(Number.isSafeInteger(bytes) && (bytes as number) >= 0)) return false;
  return [repository, tag].every(isOptionalText);
}
