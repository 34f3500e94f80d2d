/** What stays though it could go otherwise, for people. */
import { printable } from '../../storage/names.js';
import { taglessNotes } from '../scan/tagless-findings.js';
import type { Prepared } from './prepared.js';

const LINKED_SHOWN = 5;

/** What stays though it could go otherwise, for people. */
export const keptNotes = (prepared: Prepared): string[] => [
  ...taglessNotes(prepared),
  ...prepared.fixed.notes(),
  ...prepared.claimed,
  ...linkedNotes(prepared),
];

/** What could go, were it not served under another name too. */
export function linkedNotes({ facts, marks }: Pick<Prepared, 'facts' | 'marks'>): string[] {
  const paths = [...(marks.options.pinnedPaths ?? [])].filter((path) => facts.linked.holds(path));
  if (paths.length === 0) return [];
  const shown = paths.slice(0, LINKED_SHOWN).map(printable).join(', ');
  const number = paths.length.toLocaleString('en-US');
  return [`kept, as symbolic links or mounts in the tree lead there: ${number}: ${shown}`];
}
