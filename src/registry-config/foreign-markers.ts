/** Files by which other systems, or a pull-through cache, mark a storage whose links don't tell all. */
import { shellWord } from '../util/shell-quote.js';

export interface ForeignMarker {
  /** Relative to the rootdirectory. */
  readonly path: string;
  readonly owner: string;
  /** What is seen, and why that matters. */
  readonly message: string;
  /** @param file absolute path of the marker */
  readonly remedy: (file: string) => string;
}

export const FOREIGN_MARKERS: readonly ForeignMarker[] = [
  {
    path: 'docker/registry/lockfiles/database-in-use',
    owner: 'GitLab’s metadata database',
    message: 'GitLab’s metadata database is in use: what is alive is not known from the disk',
    remedy: () => 'let GitLab’s online garbage collection clean this registry',
  },
  {
    path: 'scheduler-state.json',
    owner: 'a pull-through cache',
    message: 'a pull-through cache serves this storage, or did: it expires what it holds by itself',
    remedy: (file) =>
      `if its configuration has no "proxy" any more, the file is left over: mv ${shellWord(file)} ${shellWord(`${file}.old`)}\n` +
      'if it still is a cache, leave it to proxy.ttl, or stop it and empty the folder',
  },
];

/** @param file absolute path of what was found */
export const markerAt = (file: string): ForeignMarker | undefined =>
  FOREIGN_MARKERS.find(({ path }) => file.endsWith(`/${path}`));
