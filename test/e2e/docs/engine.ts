/** Lines about containers, for the engine with the image of packaging/Dockerfile and a registry `registry`. */
import { fileURLToPath } from 'node:url';
import type { Row } from './rows.js';

const clone = fileURLToPath(new URL('../../..', import.meta.url));
const VOLUME = '/var/lib/docker/volumes/registry/_data';
const ALIAS =
  "alias regsweep='docker run --rm -it --pid=host --network=host --cap-add SYS_ADMIN --cap-add SYS_PTRACE --cap-add DAC_READ_SEARCH --cap-add SYS_CHROOT --security-opt apparmor=unconfined --security-opt seccomp=unconfined -e PWD regsweep'";

/** What a running engine lists is what `--keep-digests` takes. */
const isKept = (line: string): string =>
  `${line} > running && regsweep sweep --keep-digests running /srv/registry --dry-run`;

export const DOCKER_ROWS: readonly Row[] = [
  { line: 'docker build -f packaging/Dockerfile -t regsweep .', cwd: clone },
  { line: `${ALIAS}\nregsweep analyze ${VOLUME}`, answer: '', says: '8 repositories' },
  {
    line: `${ALIAS}\nregsweep sweep ${VOLUME} --stop-command 'docker stop registry' --start-command 'docker start registry'`,
    answer: 'y\n',
    says: 'quarantine',
  },
  {
    line: `regsweep sweep ${VOLUME} --stop-command 'docker stop registry' --start-command 'docker start registry'`,
    answer: 'y\n',
  },
  {
    line: [
      "log=$(docker inspect --format '{{.LogPath}}' registry)",
      'regsweep pulls import "$log" /srv/registry',
    ].join('\n'),
  },
  { line: 'docker ps --format json', typed: isKept },
  { line: 'docker stop -t 120', typed: (line) => `${line} registry` },
  { line: 'docker stop registry' },
];

export const PODMAN_ROWS: readonly Row[] = [
  { line: 'podman ps --format json', typed: isKept },
  { line: 'podman --url unix:///run/podman/podman.sock stop registry' },
];
