/** Judges a process that names the tree and either listens on a socket or serves FUSE. Pure. */
import { printable } from '../../storage/names.js';
import { shellWord } from '../../util/shell-quote.js';
import type { NamespaceProcess, Observations, TreeUser } from '../model/observations.js';
import type { Evidence } from '../model/types.js';
import { bystanderRemedy, stopRemedy } from './remedies.js';

/** Whether the settings name the process, by command and hash, and it is no registry. */
export const isNamedBystander = (
  process: NamespaceProcess,
  { bystanders }: Pick<Observations, 'bystanders'>,
): boolean =>
  process.executable === 'plain' &&
  bystanders.some((entry) => entry.command === process.name && entry.sha256 === process.sha256);

/** @returns a note for a configured bystander, else evidence against */
export function judgeUser(user: TreeUser, seen: Observations): Evidence {
  const container = user.container === undefined ? '' : `, container ${user.container}`;
  const who = `process ${user.pid} (${user.command}${container})`;
  const named = `${printable(user.path)} in ${user.where}`.replace('in a folder', 'as a folder');
  const common = {
    pid: user.pid,
    command: user.command,
    ...(user.container === undefined ? {} : { container: user.container }),
  };
  if (isNamedBystander(user.process, seen)) {
    const message = `${who} uses this tree and is a configured bystander: ${named}`;
    return { kind: 'bystander', bearing: 'note', message, ...common };
  }
  const what =
    user.how === 'fuse'
      ? 'serves a FUSE filesystem and names this tree, so others may write to the tree through it'
      : 'listens for connections and names this tree, so a client may make it write there';
  const known = seen.bystanders.some(({ command }) => command === user.process.name);
  const why = known ? ' (a bystander of that name is configured, but doesn’t match)' : '';
  const end =
    user.mountPoint === undefined ? stopRemedy(user) : `umount ${shellWord(user.mountPoint)}`;
  const bystander = bystanderRemedy([user.process]);
  return {
    kind: 'process',
    bearing: 'against',
    message: `${who} ${what}${why}: ${named}`,
    ...common,
    remedy: bystander === undefined ? end : `${end}\nor ${bystander}`,
  };
}
