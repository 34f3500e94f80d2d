/** The usual places of registry trees, and those of them that have one. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
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

export interface FoundCandidates {
  readonly places: readonly CandidateTree[];
  /** False where the time was up. */
  readonly complete: boolean;
}

/** @param dockerRoots data folders of Docker daemons that run */
export async function findPlaces(dockerRoots: readonly string[]): Promise<FoundCandidates> {
  const docker = [...DOCKER, ...[...dockerRoots, ...configuredRoot()].map(fastGlob.escapePath)];
  const levels = Array.from({ length: DEPTH + 1 }, (_, depth) => '*/'.repeat(depth));
  const patterns: Readonly<Record<Exclude<Origin, 'registry'>, readonly string[]>> = {
    folder: [
      `/var/lib/{registry,docker-registry}/${V2}`,
      ...USUAL.flatMap((folder) => levels.map((level) => `${folder}/${level}${V2}`)),
    ],
    'docker volume': docker.map((folder) => `${folder}/volumes/*/_data/${V2}`),
    'podman volume': PODMAN.map((folder) => `${folder}/volumes/*/_data/${V2}`),
  };
  const places: CandidateTree[] = [];
  const until = performance.now() + LIMIT_MS;
  for (const [origin, globs] of Object.entries(patterns) as [CandidateTree['origin'], string[]][]) {
    for await (const path of search(globs)) {
      places.push({ root: posix.normalize(path).slice(0, -V2.length - 1), origin });
      if (performance.now() > until) return { places, complete: false };
    }
    if (performance.now() > until) return { places, complete: false };
  }
  return { places, complete: true };
}

/** Folders that can't be read are skipped. The caller tells if it is not root. */
const search = (globs: readonly string[]): AsyncIterable<string> =>
  fastGlob.stream([...globs], {
    onlyDirectories: true,
    followSymbolicLinks: false,
    dot: true,
    suppressErrors: true,
  }) as AsyncIterable<Buffer | string> as AsyncIterable<string>;

function configuredRoot(): string[] {
  try {
    const { 'data-root': root } = JSON.parse(readFileSync('/etc/docker/daemon.json', 'utf8'));
    return typeof root === 'string' ? [root] : [];
  } catch {
    return []; // There is no Docker, or its folder is the usual one.
  }
}
