/** Judges what somebody sees inside the tree and we don't, or the reverse. Pure. */
import { printable } from '../../storage/names.js';
import { shellWord } from '../../util/shell-quote.js';
import type { MountHolder, NestedMount, Observations, OtherView } from '../model/observations.js';
import type { Evidence } from '../model/types.js';
import { isBystander } from './decide-holder.js';
import { restartRemedy } from './remedies.js';

/**
 * What they serve or write there isn't what is marked here; and removing a folder that is a mount
 * point there would detach that mount, so not even a bystander's is let by.
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

/** It sees the host's own files, by mounts of an earlier day, and nobody in it serves or stores images. */
const isSandbox = ({ mounts, processes }: MountHolder): boolean =>
  mounts.length === 0 && processes.every(({ executable }) => executable === 'plain');

const theirs = (who: string, { path, hostPath, source }: NestedMount): string =>
  `${who} has ${printable(source)} mounted inside the tree at ${printable(path)}, which this host ` +
  `doesn’t have at ${printable(hostPath)}: what is stored there can’t be seen from here`;

const ours = (who: string, { path, hostPath, source }: NestedMount): string =>
  `this host has ${printable(source)} mounted inside the tree at ${printable(hostPath)}, which ${who} ` +
  `doesn’t have at ${printable(path)}: it stores there what can’t be seen from here`;

/** A mount of another namespace can't be bound from there: what is mounted has to be shown here. */
export function mountHere({ hostPath, hostSource }: NestedMount): string {
  const at = shellWord(printable(hostPath));
  return hostSource === undefined
    ? `mount the same at ${at}, or restart the registry without that mount`
    : `mount --bind ${shellWord(printable(hostSource))} ${at}    # the same mount here`;
}
