/** Arguments as bytes. Node decodes them as UTF-8 and loses the bytes that are not valid. */
import { readFileSync } from 'node:fs';
import { nameFromBytes } from '../../storage/names.js';

const REPLACEMENT = '\ufffd';

/**
 * @returns the arguments, with names that are not UTF-8 as `nameFromBytes` decodes them, so that they
 *   match the names in the tree
 */
export function withRawBytes(args: readonly string[]): readonly string[] {
  if (!args.some((one) => one.includes(REPLACEMENT))) return args;
  const given = commandLine().slice(-args.length);
  const isSame = given.length === args.length && given.every((one, i) => `${one}` === args[i]);
  return isSame ? given.map(nameFromBytes) : args;
}

/** @returns the process's arguments; none where /proc can't be read */
function commandLine(): Buffer[] {
  const parts: Buffer[] = [];
  try {
    const all = readFileSync('/proc/self/cmdline');
    for (
      let start = 0, end = all.indexOf(0);
      end >= 0;
      start = end + 1, end = all.indexOf(0, start)
    ) {
      parts.push(all.subarray(start, end));
    }
  } catch {
    return [];
  }
  return parts;
}
