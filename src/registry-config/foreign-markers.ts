/**
 * Files that mark a storage whose links do not show what is in use: GitLab's metadata database, a
 * pull-through cache.
 */
import { shellWord } from '../util/shell-quote.js';

export interface ForeignMarker {
  /** Relative to the rootdirectory. */
  readonly path: string;
  readonly owner: string;
  /** What was found, and why the links are not enough. */
  readonly message: string;
  /** @param file absolute path of the marker */
  readonly remedy: (file: string) => string;
}

export const FOREIGN_MARKERS: readonly ForeignMarker[] = [
  {
    path: 'docker/registry/lockfiles/database-in-use',
    owner: 'GitLab’s metadata database',
    message:
      'GitLab’s metadata database is in use, so the links on the disk do not show what is in use',
    remedy: () => 'use GitLab’s online garbage collection',
  },
  {
    path: 'scheduler-state.json',
    owner: 'a pull-through cache',
    message: 'a pull-through cache uses or used this storage, and expires its content by itself',
    remedy: (file) =>
      `if its configuration no longer has a "proxy" section, move the leftover file away: mv ${shellWord(file)} ${shellWord(`${file}.old`)}\n` +
      'if it is still a cache, let proxy.ttl expire its content, or stop it and empty the folder',
  },
];

/** @param file absolute path of a marker that was found */
export const markerAt = (file: string): ForeignMarker | undefined =>
  FOREIGN_MARKERS.find(({ path }) => file.endsWith(`/${path}`));
