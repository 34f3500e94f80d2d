/** Selects the runs and items of a restore. */
import fs from 'node:fs';
import type { ActionKind } from '../../graph/action-kinds.js';
import { fsPath } from '../../storage/names.js';
import { RegsweepError } from '../../util/errors.js';
import { ancestorsOf } from '../../util/paths.js';
import { hasNoJournal, isUsable } from '../journal/damaged-runs.js';
import { salvageItems } from '../journal/items-from-paths.js';
import { type RunFile, readRunOrThrow } from '../journal/reader.js';
import type { ItemRecord } from '../journal/records.js';
import { runIds, type SweepState } from '../state/state.js';

export interface RestoreSelection {
  /** Ids of runs to restore completely. Without any field, all runs except damaged ones. */
  readonly runs?: readonly string[];
  /** Ids of runs without a usable journal, to restore completely by the contents of their trash. */
  readonly salvage?: readonly string[];
  /**
   * Paths in the tree, besides those of `runs`: restores the items at these paths, or that contain
   * them. Each comes from the newest run that has it.
   */
  readonly paths?: Iterable<string>;
  /** Restores only the requested paths of an item that contains them, not the rest of the item. */
  readonly apart?: boolean;
}

/** A selected run. Without a `file` it is restored by the contents of its trash. */
export interface Selected {
  readonly id: string;
  readonly file: RunFile | undefined;
  readonly numbers: Readonly<Partial<Record<ActionKind, number[]>>>;
  /** Without a `file`: paths of the selected items; undefined for all. */
  readonly only?: ReadonlySet<string>;
  /** For each item, the paths in it that are restored without the rest. */
  readonly apart: ReadonlyMap<number, readonly string[]>;
}

/**
 * @returns the selected runs, the newest first, and the requested paths that no run has
 * @throws RegsweepError if a run is missing, damaged or interrupted
 */
export function select(
  state: SweepState,
  what: RestoreSelection,
): { chosen: Selected[]; missing: string[] } {
  const wanted = what.paths === undefined ? undefined : new Wanted(what.paths);
  const named = new Set(what.runs);
  const salvaged = new Set(what.salvage);
  const all = what.runs === undefined && what.salvage === undefined && wanted === undefined;
  const chosen: Selected[] = [];
  for (const id of new Set([...runIds(state), ...named])) {
    if (salvaged.has(id)) chosen.push({ id, file: undefined, numbers: {}, apart: new Map() });
    else if (!named.has(id) && (all || wanted !== undefined) && hasNoJournal(state, id)) {
      const found = byPath(state, id, wanted, what.apart === true);
      if (found !== undefined) chosen.push(found);
    } else if (named.has(id) || ((all || wanted !== undefined) && isUsable(state, id))) {
      const file = readRunOrThrow(state, id);
      if (file.open !== undefined) throw notSettled(file);
      const take = all || named.has(id) ? () => [] : takeWanted(state, id, wanted);
      const found = choose(file, take, what.apart === true);
      if (named.has(id) || Object.keys(found.numbers).length > 0) chosen.push(found);
    }
  }
  return { chosen, missing: wanted?.missing() ?? [] };
}

/** @returns the wanted paths in the item; undefined if it isn't wanted */
type Take = (item: ItemRecord) => readonly string[] | undefined;

const takeWanted =
  (state: SweepState, id: string, wanted: Wanted | undefined): Take =>
  (item) =>
    wanted?.take(item, (path) => isInTrash(state, id, path));

/** Selects items of a run without a journal, by the paths in its trash. */
function byPath(
  state: SweepState,
  id: string,
  wanted: Wanted | undefined,
  alone: boolean,
): Selected | undefined {
  const complete: Selected = { id, file: undefined, numbers: {}, apart: new Map() };
  if (wanted === undefined) return complete;
  const only = new Set<string>();
  const apart = new Map<number, readonly string[]>();
  for (const item of salvageItems(state, id)) {
    const held = wanted.take(item, (path) => isInTrash(state, id, path));
    if (held === undefined) continue;
    only.add(item.path);
    if (alone && held.length > 0 && !held.includes(item.path)) apart.set(item.n, held);
  }
  return only.size === 0 ? undefined : { ...complete, only, apart };
}

function choose(file: RunFile, take: Take, alone: boolean): Selected {
  const numbers: Partial<Record<ActionKind, number[]>> = {};
  const apart = new Map<number, readonly string[]>();
  for (const item of file.items(file.inTrash())) {
    const held = take(item);
    if (held === undefined) continue;
    numbers[item.kind] ??= [];
    numbers[item.kind]!.push(item.n);
    if (alone && held.length > 0 && !held.includes(item.path)) apart.set(item.n, held);
  }
  return { id: file.header.id, file, numbers, apart };
}

/** The error for a run with an unfinished batch. */
export function notSettled(file: RunFile): RegsweepError {
  return new RegsweepError('failed', `run ${file.header.id} was interrupted and is not recovered`, {
    path: file.path,
    remedy: 'call recover() first',
  });
}

const isInTrash = (state: SweepState, id: string, path: string): boolean =>
  fs.lstatSync(fsPath(`${state.trashPath(id)}/${path}`), { throwIfNoEntry: false }) !== undefined;

/** Wanted paths that were not found yet, with the folders above them, which may be items. */
class Wanted {
  readonly #open: Set<string>;
  readonly #above = new Map<string, string[]>();

  constructor(paths: Iterable<string>) {
    this.#open = new Set(paths);
    for (const path of this.#open) {
      for (const at of [...ancestorsOf(path), path]) {
        const beneath = this.#above.get(at);
        if (beneath === undefined) this.#above.set(at, [path]);
        else beneath.push(path);
      }
    }
  }

  /** Takes the wanted paths that the item is or contains. @returns undefined if there is none */
  take(item: ItemRecord, isThere: (path: string) => boolean): readonly string[] | undefined {
    const holds = (path: string): boolean =>
      this.#open.has(path) && (path === item.path || isThere(path));
    const held = this.#above.get(item.path)?.filter(holds) ?? [];
    for (const path of held) this.#open.delete(path);
    return held.length === 0 ? undefined : held;
  }

  missing(): string[] {
    return [...this.#open].sort();
  }
}
