/** Where a process leaves the container's control groups, with which an engine ends its processes. */
import { parseMountinfo } from '../../src/storage/mounts/mountinfo.js';

/** A control group above that of a namespace of our own is named by `..`. */
const TOP = /^\/(?:\.\.(?:\/\.\.)*)?$/;

/**
 * Files of the host's topmost control groups; a process enters a group by writing its id there.
 * @param mountinfo of a process of the host
 */
export const topControlGroups = (mountinfo: string): string[] =>
  parseMountinfo(mountinfo)
    .filter(({ fsType, root }) => /^cgroup2?$/.test(fsType) && TOP.test(root))
    .map(({ mountPoint }) => `${mountPoint}/cgroup.procs`);
