/**
 * Finds control groups outside the container. The engine kills the processes in the container's.
 */
import { parseMountinfo } from '../../src/storage/mounts/mountinfo.js';

/** Root of a control group mount. In a control group namespace, groups above it begin with `..`. */
const TOP = /^\/(?:\.\.(?:\/\.\.)*)?$/;

/**
 * @param mountinfo that of a process of the host
 * @returns files of the host's topmost control groups; a process enters one by writing its pid
 *   there
 */
export const topControlGroups = (mountinfo: string): string[] =>
  parseMountinfo(mountinfo)
    .filter(({ fsType, root }) => /^cgroup2?$/.test(fsType) && TOP.test(root))
    .map(({ mountPoint }) => `${mountPoint}/cgroup.procs`);
