/** The usual places of registry trees, and those of them that have one. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import fastGlob from 'fast-glob';
import { V2 } from '../../storage/layout.js';

export interface CandidateTree {
  /** A rootdirectory. */
  readonly root: string;
  readonly origin: Origin;
}

export type Origin = 'registry' | 'docker volume' | 'podman volume' | 'folder';

/** Depth of the search below `/srv`, `/opt`, `/data` and `/mnt`. */
const DEPTH = 3;
const LIMIT_MS = 1000;

const DOCKER = ['/var/lib/docker', '/home/*/.local/share/docker'];
const PODMAN = ['/var/lib/containers/storage', '/{root,home/*}/.local/share/containers/storage'];
const USUAL = ['/srv', '/opt', '/data', '/mnt'];

type FileSystem = NonNullable<fastGlob.Options['fs']>;

export interface FoundCandidates {
  readonly places: readonly CandidateTree[];
  /** False where the time was up. */
  readonly complete: boolean;
}

/**
 * Searches engines' volumes first, then the usual folders, which may contain anything, level by
 * level. So what is near is found before the time is up.
 *
 * @param dockerRoots data folders of Docker daemons that run
 */
export async function findPlaces(
  dockerRoots: readonly string[],
  fs?: FileSystem,
): Promise<FoundCandidates> {
  const docker = [...DOCKER, ...[...dockerRoots, ...configuredRoot()].map(fastGlob.escapePath)];
  const levels = Array.from({ length: DEPTH + 1 }, (_, depth) => '*/'.repeat(depth));
  const searches: readonly (readonly [Origin, readonly string[]])[] = [
    ['docker volume', docker.map((folder) => `${folder}/volumes/*/_data/${V2}`)],
    ['podman volume', PODMAN.map((folder) => `${folder}/volumes/*/_data/${V2}`)],
    ['folder', [`/var/lib/{registry,docker-registry}/${V2}`]],
    ...levels.map((level) => ['folder', USUAL.map((folder) => `${folder}/${level}${V2}`)] as const),
  ];
  const places: CandidateTree[] = [];
  const end = AbortSignal.timeout(LIMIT_MS);
  try {
    for (const [origin, globs] of searches) {
      for await (const path of addAbortSignal(end, search(globs, fs))) {
        places.push({ root: posix.normalize(String(path)).slice(0, -V2.length - 1), origin });
      }
    }
  } catch (error) {
    if (!end.aborted) throw error;
    return { places, complete: false };
  }
  return { places, complete: true };
}

/** Folders that can't be read are skipped. The caller tells if it is not root. */
const search = (globs: readonly string[], fs?: FileSystem): Readable =>
  fastGlob.stream([...globs], {
    onlyDirectories: true,
    followSymbolicLinks: false,
    dot: true,
    suppressErrors: true,
    ...(fs && { fs }),
  }) as Readable;

function configuredRoot(): string[] {
  try {
    const { 'data-root': root } = JSON.parse(readFileSync('/etc/docker/daemon.json', 'utf8'));
    return typeof root === 'string' ? [root] : [];
  } catch {
    return []; // There is no Docker, or its folder is the usual one.
  }
}
