/** What another command needs to find the same tree and the same state, ready to paste. */
import type { Context } from '../../app/context.js';

export function whereOf({ settings: { root, stateDir } }: Context): string {
  const paths = stateDir === undefined ? [root] : [root, '--state-dir', stateDir];
  return paths.map(forShell).join(' ');
}

export const forShell = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
