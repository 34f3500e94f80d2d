/** Flags with which another command finds the same tree and state, ready to paste. */
import { shellWord } from '../util/shell-quote.js';
import type { Options } from './options.js';

export function whereOf({ root, stateDir }: Pick<Options, 'root' | 'stateDir'>): string {
  const paths = stateDir === undefined ? [root] : [root, '--state-dir', stateDir];
  return paths.map(shellWord).join(' ');
}
