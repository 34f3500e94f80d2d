/**
 * Adds the trees that `find` finds to the error of a missing default root, with commands to paste.
 */
import { find } from '../../../app/find/find.js';
import { RegsweepError } from '../../../util/errors.js';
import { shellWord } from '../../../util/shell-quote.js';

/** @param args the command line, which has no root */
export async function withFoundTrees(
  error: RegsweepError,
  args: readonly string[],
): Promise<RegsweepError> {
  const { trees } = await find();
  const lines = trees.map(({ root, servedBy }) => {
    const server = servedBy.length === 0 ? '' : '   # a running registry serves it';
    return `regsweep ${[...args, '--root', root].map(shellWord).join(' ')}${server}`;
  });
  const remedy =
    lines.length === 0
      ? `no registry tree was found on this host; ${error.remedy ?? ''}`
      : ['found on this host; choose one:', ...lines].join('\n');
  const { code, message, path } = error;
  return new RegsweepError(code, message, {
    remedy,
    cause: error,
    ...(path === undefined ? {} : { path }),
  });
}
