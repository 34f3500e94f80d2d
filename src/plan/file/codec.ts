/**
 * The plan file: NDJSON with a header, one action a line, and a trailer with totals and the hash of
 * the lines before.
 */

import { DigestSet } from '../../facts/tables/digest-set.js';
import type { NewHash } from '../../util/hash.js';
import type { Action, PlanHeader, PlanTotals } from '../types.js';
import { isAction } from './action-paths.js';
import { hex, readSealed, sealedLines, untrusted } from './sealed-lines.js';

export interface PlanRun {
  readonly createdAt: string;
  readonly version: string;
}

/** Characters: an update of a hash has a fixed cost. */
const HASHED_AT_ONCE = 1 << 14;

/** The id of a plan: a hash of tree, options and actions, independent of the time. */
export function planId(
  storage: PlanHeader['storage'],
  options: PlanHeader['options'],
  actions: Iterable<Action>,
  newHash: NewHash,
): string {
  const hash = newHash();
  let text = JSON.stringify({ storage, options });
  for (const action of actions) {
    text += `\n${JSON.stringify(action)}`;
    if (text.length < HASHED_AT_ONCE) continue;
    hash.update(text);
    text = '';
  }
  hash.update(text);
  return hex(hash.digest()).slice(0, 32);
}

/**
 * @param totals those of the measured actions
 * @returns the lines of the file, without newlines
 */
export const planLines = (
  header: PlanHeader,
  run: PlanRun,
  totals: PlanTotals,
  actions: Iterable<Action>,
  newHash: NewHash,
): Generator<string> => sealedLines({ ...header, run }, actions, totals, newHash);

/** The actions that are allowed. Others are not executed. */
export interface PlanList {
  readonly header: PlanHeader;
  readonly totals: PlanTotals;
  /** Whether the file lists this action. */
  has(action: Action): boolean;
}

/** A plan that was read from a file. */
export interface PlanFile extends PlanList {
  readonly path: string;
  /** SHA-256 in hex of the file's content. */
  readonly sha256: string;
}

/**
 * @param lines the lines of the file, without newlines
 * @param path for messages only
 * @throws RegsweepError `plan-refused` if the file was truncated or changed, or is no plan
 */
export async function readPlan(
  lines: AsyncIterable<string> | Iterable<string>,
  path: string,
  newHash: NewHash,
): Promise<PlanFile> {
  const keys = new DigestSet();
  const sealed = await readSealed(lines, path, newHash, (row, { kind }) => {
    if (kind !== undefined) throw untrusted(path, `it is a plan for regsweep trash ${kind} --plan`);
    keys.intern('sha256', keyOf(requireAction(row, path), newHash), 0);
  });
  const header = sealed.header as object as PlanHeader;
  const totals = sealed.totals as PlanTotals;
  return { header, totals, path, sha256: sealed.sha256, has: listedIn(keys, newHash) };
}

/** A plan in memory, with the interface of a plan file. */
export function planList(
  header: PlanHeader,
  totals: PlanTotals,
  actions: Iterable<Action>,
  newHash: NewHash,
): PlanList {
  const keys = new DigestSet();
  for (const action of actions) keys.intern('sha256', keyOf(action, newHash), 0);
  return { header, totals, has: listedIn(keys, newHash) };
}

const listedIn =
  (keys: DigestSet, newHash: NewHash) =>
  (action: Action): boolean =>
    keys.find('sha256', keyOf(action, newHash), 0) >= 0;

function keyOf(action: Action, newHash: NewHash): Uint8Array {
  const hash = newHash();
  // JSON distinguishes names that are not valid UTF-8.
  hash.update(JSON.stringify([action.kind, action.digest ?? '', action.path]));
  return hash.digest();
}

/** @throws RegsweepError `plan-refused` if the row is no action */
export function requireAction(row: object, path: string): Action {
  if (isAction(row)) return row;
  throw untrusted(path, 'regsweep didn’t write one of its actions');
}
