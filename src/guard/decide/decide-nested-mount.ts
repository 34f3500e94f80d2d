/** Judges mounts inside the tree that only one of two mount namespaces has. Pure. */
import { printable } from '../../storage/names.js';
import { shellWord } from '../../util/shell-quote.js';
import type { MountHolder, NestedMount, Observations, OtherView } from '../model/observations.js';
import type { Evidence } from '../model/types.js';
import { isBystander } from './decide-holder.js';
import { restartRemedy } from './remedies.js';

/**
 * A process that has other mounts inside the tree serves and writes files that the mark doesn't
 * see. Removing a folder that is a mount point in another namespace also detaches that mount, so a
 * mount that only they have refuses even for a bystander.
 */
export function judgeView({ holder, nested }: OtherView, seen: Observations): Evidence[] {
  const harmless = isBystander(holder, seen) || isSandbox(holder);
  return nested
    .filter(({ only }) => only === 'theirs' || !harmless)
    .map((mount) => {
      const where = holder.container === undefined ? '' : `, container ${holder.container}`;
      const who = `process ${holder.pid} (${holder.command}${where})`;
      return {
        kind: 'nested-mount',
        bearing: 'against',
        message: mount.only === 'theirs' ? theirs(who, mount) : ours(who, mount),
        pid: holder.pid,
        command: holder.command,
        ...(holder.container === undefined ? {} : { container: holder.container }),
        mount: mount.path,
        remedy: mount.only === 'theirs' ? mountHere(mount) : restartRemedy(holder),
      };
    });
}

/**
 * Whether the namespace has no mount of the tree of its own, and each executable in it is readable
 * and no registry. A sandbox that systemd made before the mount is such a namespace.
 */
const isSandbox = ({ mounts, processes }: MountHolder): boolean =>
  mounts.length === 0 && processes.every(({ executable }) => executable === 'plain');

const theirs = (who: string, { path, hostPath, source }: NestedMount): string =>
  `${who} has ${printable(source)} mounted inside the tree at ${printable(path)}, but this host ` +
  `has no such mount at ${printable(hostPath)}: regsweep can’t see what is stored there`;

const ours = (who: string, { path, hostPath, source }: NestedMount): string =>
  `this host has ${printable(source)} mounted inside the tree at ${printable(hostPath)}, but ` +
  `${who} has no such mount at ${printable(path)}: regsweep can’t see what it stores there`;

/**
 * How to make the mount visible here: one can't bind a mount of another namespace from this one.
 */
export function mountHere({ hostPath, hostSource }: NestedMount): string {
  const at = shellWord(hostPath);
  return hostSource === undefined
    ? `mount the same filesystem at ${at}, or restart the registry without that mount`
    : `mount --bind ${shellWord(hostSource)} ${at}    # the same mount here`;
}
