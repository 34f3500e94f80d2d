/** How to run the container image on the host's files, and whether this process runs in it. */

export const CAPABILITIES = {
  DAC_READ_SEARCH: 2,
  SYS_CHROOT: 18,
  SYS_PTRACE: 19,
  SYS_ADMIN: 21,
} as const;

const CAP_FLAGS = ['SYS_ADMIN', 'SYS_PTRACE', 'DAC_READ_SEARCH', 'SYS_CHROOT'];

/** Set by the image's entry point if it stays in the container's own mount namespace. */
export const IN_CONTAINER = 'REGSWEEP_IN_CONTAINER';

/**
 * Set by the image's entry point: files of control groups outside the container, separated by
 * spaces.
 */
export const LEAVE_CGROUPS = 'REGSWEEP_LEAVE_CGROUPS';

/** @returns whether the image's entry point started this process in the host's mount namespace */
export const isFromImage = (env: NodeJS.ProcessEnv = process.env): boolean =>
  env[LEAVE_CGROUPS] !== undefined;

export type Engine = 'docker' | 'podman';

/** @returns the engine of the container that this process runs in, as its entry point states it */
export const engineAround = (env: NodeJS.ProcessEnv = process.env): Engine | undefined => {
  const engine = env[IN_CONTAINER];
  return engine === 'docker' || engine === 'podman' ? engine : undefined;
};

/**
 * @returns the command line that runs the image on the host's own files, without a volume. `-e PWD`
 *   makes relative paths begin where it is typed
 */
export const containerLine = (engine: Engine, command: string): string =>
  [
    `${engine} run --rm -it --pid=host --network=host`,
    ...CAP_FLAGS.map((name) => `--cap-add ${name}`),
    '--security-opt apparmor=unconfined --security-opt seccomp=unconfined -e PWD',
    `regsweep ${command}`,
  ].join(' ');
