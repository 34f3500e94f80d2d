/** What another command needs to find the same tree and the same state, ready to paste. */
import type { Context } from '../../app/context.js';
import { shellWord } from '../../util/shell-quote.js';

export function whereOf({ settings: { root, stateDir } }: Context): string {
  const paths = stateDir === undefined ? [root] : [root, '--state-dir', stateDir];
  return paths.map(shellWord).join(' ');
}
