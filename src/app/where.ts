/** Flags with which another command finds the same tree and state from any folder, ready to paste. */
import { resolve } from 'node:path';
import { shellWord } from '../util/shell-quote.js';
import type { Options } from './options.js';

export function whereOf({ root, stateDir }: Pick<Options, 'root' | 'stateDir'>): string {
  const state = stateDir === undefined ? [] : ['--state-dir', resolve(stateDir)];
  const paths = [resolve(root), ...state];
  return paths.map(shellWord).join(' ');
}
