/** Stale actions: those of a plan file that the tree doesn't allow any more. */

import { nodeOf } from '../../../facts/types.js';
import type { ActionKind } from '../../../graph/action-kinds.js';
import { planList } from '../../../plan/file/codec.js';
import type { Action } from '../../../plan/types.js';
import { DiskReader } from '../../../storage/disk-reader.js';
import { printable } from '../../../storage/names.js';
import type { Skipped } from '../../../sweep/index.js';
import { sha256 } from '../../../util/sha256.js';
import type { PlanSource, Prepared, Stale } from '../prepare/prepared.js';

export const NOTHING_STALE: Stale = { count: 0, samples: [] };

const KEPT = 1000;

/** @param prepared the part of the file that is still valid; all of it is in the file */
export async function staleIn(
  source: Pick<PlanSource, 'totals' | 'listed'>,
  prepared: Left,
  kinds: readonly ActionKind[],
): Promise<Stale> {
  const { header, totals, actions } = prepared;
  const count = source.totals.actions - totals.actions;
  if (count <= 0) return NOTHING_STALE;
  const left = planList(header, totals, actions, sha256);
  const samples: Skipped[] = [];
  try {
    for await (const action of source.listed()) {
      if (left.has(action)) continue;
      samples.push({ action, reason: reasonOf(prepared, kinds, action) });
      if (samples.length === Math.min(KEPT, count)) break;
    }
  } catch (error) {
    // The complete file was read and checked before, so the count is right.
    const unlisted = `the list is incomplete, because the plan can't be read again: ${(error as Error).message}`;
    return { count, samples, unlisted };
  }
  return { count, samples };
}

type Left = Pick<Prepared, 'facts' | 'marks' | 'header' | 'totals' | 'actions'>;

function reasonOf(
  { facts, marks }: Left,
  kinds: readonly ActionKind[],
  { kind, path, digest }: Action,
): string {
  if (!kinds.includes(kind)) return 'kept while a registry serves the tree';
  const isThere = new DiskReader(facts.tree.v2).lstat(path) !== undefined;
  const node = digest === undefined ? undefined : nodeOf(facts, digest);
  const isNeeded = digest === undefined || (node !== undefined && marks.reached.has(node));
  return isThere && isNeeded ? 'is needed again' : 'is missing or changed';
}

const SHOWN = 20;

/** Lines before the question: the number of stale actions, and the first of them. */
export function staleLines({ count, samples, unlisted }: Stale): string[] {
  if (count === 0) return [];
  const number = count.toLocaleString('en-US');
  const shown = samples.slice(0, SHOWN);
  return [
    `stale actions skipped: ${number}`,
    ...shown.map(({ action, reason }) => `  ${printable(action.path)}: ${reason}`),
    ...(count > shown.length
      ? [`  … and ${(count - shown.length).toLocaleString('en-US')} more`]
      : []),
    ...(unlisted === undefined ? [] : [`  ${unlisted}`]),
  ];
}
