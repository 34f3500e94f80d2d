/** Decides which items of purged runs are restored, and which are kept in quarantine. */
import { lstatSync } from 'node:fs';
import { parseDigest } from '../../../storage/digest.js';
import { blobDataPath, linkOf } from '../../../storage/layout.js';
import { fsPath, printable } from '../../../storage/names.js';
import { quarantinedPartsOf, type TrashItem, trashItemsOf } from '../../../sweep/index.js';
import { errnoOf } from '../../../util/errors.js';
import type { Needed } from '../../references/required-by-tree.js';
import type { Session } from '../../session/session.js';
import { sameFile } from './same-file.js';

/** An item, or a link or blob inside a quarantined repository. */
interface Part {
  readonly item: TrashItem;
  readonly path: string;
  /** The link or data file of the part. A folder without it is empty. */
  readonly file: string;
}

export interface Sorted {
  /** Referenced again, so restored. */
  readonly back: readonly Part[];
  /** Keys of items that a kept run needs, or that differ from the tree. */
  readonly keep: ReadonlySet<string>;
  readonly notes: readonly string[];
}

export const NOTHING_SORTED: Sorted = { back: [], keep: new Set(), notes: [] };

export const keyOf = (path: string, runId: string): string => `${runId}/${path}`;

export function sortRuns(
  session: Session,
  runs: readonly string[],
  byTree: Needed,
  byKept: Needed,
): Sorted {
  const back: Part[] = [];
  const keep = new Set<string>();
  const notes: string[] = [];
  for (const [item, part, file] of partsIn(session, runs)) {
    const here = whatIsHere(session, part, file);
    if (here === 'other') {
      keep.add(keyOf(item.path, item.runId));
      notes.push(`${printable(file)} is kept: the tree has other content there, so both are kept`);
    } else if (here === 'nothing' && byTree(part)) back.push({ item, path: part.path, file });
    else if (here === 'nothing' && byKept(part)) keep.add(keyOf(item.path, item.runId));
  }
  return { back, keep, notes };
}

/** Keys of items of which some part was not restored. These items must not be deleted. */
export function stillOut({ tree }: Session, { back }: Sorted): Set<string> {
  const out = back.filter(({ file }) => typeOf(tree.v2, file) !== 'file');
  return new Set(out.map(({ item }) => keyOf(item.path, item.runId)));
}

function* partsIn(
  { state }: Session,
  runs: readonly string[],
): Generator<[item: TrashItem, part: TrashItem, file: string]> {
  for (const id of runs) {
    for (const item of trashItemsOf(state, id)) {
      for (const part of quarantinedPartsOf(state, item, id)) {
        const file = fileOf(part);
        if (file !== undefined) yield [item, part, file];
      }
    }
  }
}

function fileOf({ kind, path, digest }: TrashItem): string | undefined {
  if (kind === 'revision' || kind === 'layer-link') return linkOf(path);
  const known = kind === 'blob' ? parseDigest(digest ?? '') : undefined;
  return known === undefined ? undefined : blobDataPath(known);
}

/** If both exist with different content, one of them is damaged, and it is unknown which. */
function whatIsHere(
  { tree, state }: Session,
  { runId }: TrashItem,
  file: string,
): 'nothing' | 'same' | 'other' {
  const here = typeOf(tree.v2, file);
  if (here === 'nothing') return here;
  const trash = state.trashPath(runId);
  const there = typeOf(trash, file);
  if (there === 'nothing') return 'same';
  if (here !== 'file' || there !== 'file') return 'other';
  return sameFile(`${tree.v2}/${file}`, `${trash}/${file}`) ? 'same' : 'other';
}

/** A path that can't be read counts as different. */
function typeOf(base: string, file: string): 'nothing' | 'file' | 'other' {
  try {
    const stat = lstatSync(fsPath(`${base}/${file}`), { throwIfNoEntry: false });
    return stat === undefined ? 'nothing' : stat.isFile() ? 'file' : 'other';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return 'other';
  }
}
