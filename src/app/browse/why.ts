/** Why something is kept and which repositories share it, as lines for the browser. */
import type { BlobState, Explanation } from '../../graph/explain.js';
import { count, size } from '../../report/style.js';
import { kindName, stepText } from '../../report/text/step.js';
import { printable } from '../../storage/names.js';
import type { Row } from './rows.js';

const STATES: Readonly<Record<BlobState, string>> = {
  live: 'In use.',
  young: 'Not in use, but recent: protected by --min-age.',
  garbage: 'Unreferenced: a sweep removes it.',
  immovable:
    'Unreferenced, but it cannot be moved: a symbolic link, a mount or another filesystem.',
  absent: 'Not on the disk.',
};

/** Maximum number of repositories listed by name. */
const SHOWN = 12;

/**
 * @param found undefined for a namespace that is no repository, or if the subject is not in the
 *   tree
 */
export function whyLines(row: Row, found: Explanation | undefined): string[] {
  if (row.question === undefined) {
    const repositories = count(row.targets.length, 'repository', 'repositories');
    return [
      `${printable(row.label)}: a namespace of ${repositories}.`,
      `Removing it frees ${size(row.unique)}.`,
    ];
  }
  return found === undefined ? ['It is not in the tree.'] : [...linesOf(row, found)];
}

function* linesOf(row: Row, found: Explanation): Generator<string> {
  const { subject, digest, state, chain, linkedIn, frees } = found;
  yield printable(subject);
  if (digest !== undefined && digest !== subject) yield digest;
  yield STATES[state];
  if (chain.length > 0) {
    yield '';
    yield 'Kept by:';
    for (const step of chain.slice(0, SHOWN)) yield `  ${stepText(step)}`;
    if (chain.length > SHOWN) yield `  and ${(chain.length - SHOWN).toLocaleString('en-US')} more`;
  }
  if (linkedIn.length > 0) {
    yield '';
    yield `Linked in ${count(linkedIn.length, 'place')}:`;
    for (const { repository, as } of linkedIn.slice(0, SHOWN)) {
      yield `  ${printable(repository)} (${printable(kindName(as))})`;
    }
    if (linkedIn.length > SHOWN) {
      yield `  and ${(linkedIn.length - SHOWN).toLocaleString('en-US')} more`;
    }
  }
  yield '';
  yield row.targets.length === 0
    ? 'It can’t be removed separately. It is removed with the last image that needs it.'
    : frees.blobs === 0
      ? 'Removing it alone frees nothing: other tags or images need its data.'
      : `Removing it alone frees ${size(frees.bytes)} in ${count(frees.blobs, 'blob')}.`;
}
