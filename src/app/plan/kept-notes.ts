/** Notes about items that are kept although the selection includes them. */

import type { Facts } from '../../facts/types.js';
import { printable } from '../../storage/names.js';
import { shellWord } from '../../util/shell-quote.js';
import { taglessNotes } from '../scan/tagless-findings.js';
import { keptIn } from '../select/keep-list.js';
import type { Decisions } from '../select/removals.js';
import type { Selection } from '../select/selection.js';
import type { Prepared } from './prepare/prepared.js';

const LINKED_SHOWN = 5;

/** Lines about items that are kept although the selection includes them. */
export const keptNotes = (prepared: Prepared): string[] => [
  ...taglessNotes(prepared),
  ...pullNotes(prepared),
  ...prepared.fixed.notes(),
  ...prepared.claimed,
  ...linkedNotes(prepared),
  ...elsewhereNotes(prepared.facts),
];

/** For a plan: the same, and what is backed up before its run. */
export const planNotes = (prepared: Prepared): string[] => [
  ...keptNotes(prepared),
  ...prepared.toBackUp,
];

/** Parts of the tree that can be swept after a change of its layout. */
function elsewhereNotes({ findings, tree }: Facts): string[] {
  const parts = (['symlinked', 'other-filesystem'] as const)
    .flatMap((code) => findings.samples(code))
    .filter(({ command }) => command !== undefined);
  if (parts.length === 0) return [];
  const shown = parts.map(({ path }) => printable(path)).join(', ');
  const root = shellWord(tree.rootDirectory);
  return [
    `nothing is removed in ${shown}, which lies elsewhere; the commands that change that: regsweep check ${root}`,
  ];
}

/** Items that are kept only because the registry serves them under another name, too. */
export function linkedNotes({ facts, marks }: Pick<Prepared, 'facts' | 'marks'>): string[] {
  const paths = [...(marks.options.pinnedPaths ?? [])].filter((path) => facts.linked.covers(path));
  if (paths.length === 0) return [];
  const shown = paths.slice(0, LINKED_SHOWN).map(printable).join(', ');
  const number = paths.length.toLocaleString('en-US');
  return [`kept, reachable through a symbolic link or mount: ${number}: ${shown}`];
}

/** About `--keep-digests`: images kept by it, and names that are not in this tree. */
export function runningNotes(facts: Facts, selection: Selection, { named }: Decisions): string[] {
  const kept = named?.kept ?? [];
  const { strange } = keptIn(facts, selection);
  const some = (names: readonly string[]): string =>
    names.slice(0, LINKED_SHOWN).map(printable).join(', ') +
    (names.length > LINKED_SHOWN ? ', …' : '');
  return [
    ...(kept.length === 0 ? [] : [`kept because of --keep-digests: ${some(kept)}`]),
    ...(strange.length === 0
      ? []
      : [`names in --keep-digests that are not in this tree: ${strange.length}: ${some(strange)}`]),
  ];
}

const pullNotes = ({ facts }: Prepared): string[] =>
  facts.findings
    .samples('short-pull-records')
    .slice(0, 1)
    .map(({ detail }) => `${detail}: the rules that ask for pulls keep all their images`);
