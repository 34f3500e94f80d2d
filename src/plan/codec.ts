/** The plan as text: NDJSON, a header, an action a line, a trailer that vouches for the lines before. */

import { DigestSet } from '../facts/digest-set.js';
import { RegsweepError } from '../util/errors.js';
import type { NewHash } from '../util/hash.js';
import { isAction } from './action-paths.js';
import type { Action, PlanHeader, PlanTotals } from './types.js';

export interface PlanRun {
  readonly createdAt: string;
  readonly version: string;
}

/** Identifies a plan by what it would do, whenever it was made. */
export function planId(
  storage: PlanHeader['storage'],
  options: PlanHeader['options'],
  actions: Iterable<Action>,
  newHash: NewHash,
): string {
  const hash = newHash();
  hash.update(JSON.stringify({ storage, options }));
  for (const action of actions) hash.update(`\n${JSON.stringify(action)}`);
  return hex(hash.digest()).slice(0, 32);
}

/**
 * Lines without their newline.
 * @param totals of the measured actions
 */
export function* planLines(
  header: PlanHeader,
  run: PlanRun,
  totals: PlanTotals,
  actions: Iterable<Action>,
  newHash: NewHash,
): Generator<string> {
  const hash = newHash();
  const signed = (value: unknown): string => {
    const line = JSON.stringify(value);
    hash.update(`${line}\n`);
    return line;
  };
  yield signed({ ...header, run });
  for (const action of actions) yield signed(action);
  const last = signed({ totals });
  yield JSON.stringify({ ...JSON.parse(last), sha256: hex(hash.digest()) });
}

export interface PlanFile {
  readonly header: PlanHeader;
  readonly totals: PlanTotals;
  /** Whether the file lists this action. */
  has(action: Action): boolean;
}

/**
 * @param lines of the file, without newlines
 * @throws RegsweepError `plan-refused` where it was cut, changed by hand, or is no plan
 */
export async function readPlan(
  lines: AsyncIterable<string> | Iterable<string>,
  path: string,
  newHash: NewHash,
): Promise<PlanFile> {
  const hash = newHash();
  const keys = new DigestSet();
  let header: PlanHeader | undefined;
  let previous: string | undefined;
  for await (const line of lines) {
    if (previous !== undefined) {
      hash.update(`${previous}\n`);
      if (header === undefined) header = headerOf(previous, path);
      else keys.intern('sha256', keyOf(actionOf(previous, path), newHash), 0);
    }
    previous = line;
  }
  if (header === undefined || previous === undefined) throw refused(path, 'it ends too early');
  const { sha256, totals } = parse(previous, path) as { sha256?: string; totals?: PlanTotals };
  if (sha256 === undefined || totals === undefined) throw refused(path, 'its last line is missing');
  hash.update(`${JSON.stringify({ totals })}\n`);
  if (hex(hash.digest()) !== sha256) throw refused(path, 'it was changed after it was written');
  return { header, totals, has: (action) => keys.find('sha256', keyOf(action, newHash), 0) >= 0 };
}

/** A plan as the file that it would be written to. */
export function planList(
  header: PlanHeader,
  totals: PlanTotals,
  actions: Iterable<Action>,
  newHash: NewHash,
): PlanFile {
  const keys = new DigestSet();
  for (const action of actions) keys.intern('sha256', keyOf(action, newHash), 0);
  return { header, totals, has: (action) => keys.find('sha256', keyOf(action, newHash), 0) >= 0 };
}

function keyOf(action: Action, newHash: NewHash): Uint8Array {
  const hash = newHash();
  // As JSON, which tells names apart that are no UTF-8.
  hash.update(JSON.stringify([action.kind, action.digest ?? '', action.path]));
  return hash.digest();
}

function headerOf(line: string, path: string): PlanHeader {
  const header = parse(line, path) as Partial<PlanHeader>;
  if (header.schemaVersion !== 1 || header.storage === undefined) {
    throw refused(path, 'its first line is not the header of a plan of this version');
  }
  return header as PlanHeader;
}

function actionOf(line: string, path: string): Action {
  const action = parse(line, path);
  if (isAction(action)) return action;
  throw refused(path, 'an action in it is none that regsweep plans');
}

function parse(line: string, path: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, with the path.
  }
  throw refused(path, 'a line of it is not JSON');
}

function refused(path: string, why: string): RegsweepError {
  return new RegsweepError('plan-refused', `${path} is not a plan that can be trusted: ${why}`, {
    path,
    remedy: 'make a new plan: regsweep plan -o FILE',
  });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
