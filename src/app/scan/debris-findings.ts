/** Findings about leftovers in the tree. */
import type { Facts, RepositoryFacts } from '../../facts/types.js';
import { debrisIn } from '../../plan/actions/debris.js';
import { type Selection, tidySelection } from '../select/selection.js';
import { markSelection } from './mark-with-pins.js';

/** Call it once per scan, because findings are counted. */
export function noteDebris(facts: Facts, selection: Selection): void {
  if (!facts.repositories.some(isSuspect)) return;
  const marks = markSelection(facts, { ...tidySelection(selection), repo: [], exclude: [] });
  for (const finding of debrisIn(facts, marks)) facts.findings.add(finding);
}

const isSuspect = ({
  tags,
  revisions,
  danglingLayers,
  history,
  uploads,
}: RepositoryFacts): boolean =>
  danglingLayers.node.length > 0 ||
  history.tag.length > 0 ||
  uploads.length > 0 ||
  (tags.names.length === 0 && revisions.node.length === 0);
