/** Which items of which runs a restore is about. */
import fs from 'node:fs';
import { RegsweepError } from '../errors.js';
import type { ActionKind } from '../plan/types.js';
import { fsPath } from '../storage/names.js';
import { isUsable } from './damage.js';
import { ancestorsOf } from './paths.js';
import type { ItemRecord } from './records.js';
import { type RunFile, readRunOrThrow } from './run-file.js';
import { runIds, type SweepState } from './state.js';

/**
 * A whole run (where none is named, all whose journal can be used), or the items that are, or hold, these paths
 * (relative to the tree); the newest run that has one gives it.
 */
export type Selection = { readonly runId?: string } | { readonly paths: Iterable<string> };

export interface Selected {
  readonly file: RunFile;
  readonly numbers: Readonly<Partial<Record<ActionKind, number[]>>>;
}

/**
 * The newest runs first. @throws RegsweepError when a run is missing, damaged or not settled
 */
export function select(
  state: SweepState,
  what: Selection,
): { chosen: Selected[]; missing: string[] } {
  const wanted = 'paths' in what ? new Wanted(what.paths) : undefined;
  const named = 'paths' in what ? undefined : what.runId;
  const chosen: Selected[] = [];
  for (const id of named === undefined
    ? runIds(state).filter((id) => isUsable(state, id))
    : [named]) {
    const file = readRunOrThrow(state, id);
    if (file.open !== undefined) throw notSettled(file);
    const numbers: Partial<Record<ActionKind, number[]>> = {};
    for (const item of file.items(file.inTrash())) {
      if (wanted?.take(item, (path) => isInTrash(state, id, path)) === false) continue;
      numbers[item.kind] ??= [];
      numbers[item.kind]!.push(item.n);
    }
    if (Object.keys(numbers).length > 0 || named !== undefined) chosen.push({ file, numbers });
  }
  return { chosen, missing: wanted?.missing() ?? [] };
}

export function notSettled(file: RunFile): RegsweepError {
  return new RegsweepError('failed', `run ${file.header.id} was cut short and is not settled`, {
    path: file.path,
    remedy: 'Settle it first: recover() does.',
  });
}

const isInTrash = (state: SweepState, id: string, path: string): boolean =>
  fs.lstatSync(fsPath(`${state.trashPath(id)}/${path}`), { throwIfNoEntry: false }) !== undefined;

/** Paths that are still looked for, with the folders above them that could be items. */
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

  take(item: ItemRecord, isThere: (path: string) => boolean): boolean {
    const holds = (path: string): boolean =>
      this.#open.has(path) && (path === item.path || isThere(path));
    const beneath = this.#above.get(item.path)?.filter(holds) ?? [];
    for (const path of beneath) this.#open.delete(path);
    return beneath.length > 0;
  }

  missing(): string[] {
    return [...this.#open].sort();
  }
}
