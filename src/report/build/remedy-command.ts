/** Completes a remedy that is a command and lacks only the tree and the options of this look at it. */
import { shellWord } from '../../util/shell-quote.js';
import type { View } from '../model/view.js';

const COMMAND = /^regsweep (tidy|sweep)(?: --\S+)?$/;

/** @returns undefined if the remedy is no such command */
export function remedyCommand(
  remedy: string,
  root: string,
  { flags = '', ages = '', place = '' }: Pick<View, 'flags' | 'ages' | 'place'> = {},
): string | undefined {
  const verb = COMMAND.exec(remedy)?.[1];
  if (verb === undefined) return undefined;
  return `${remedy} ${shellWord(root)}${place}${verb === 'sweep' ? flags : ages}`;
}
