/** Formats a verdict as text, for the `guard` command and for refusals. */

import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import type { Bearing, GuardState, Verdict } from '../model/types.js';

const SUMMARY: Readonly<Record<GuardState, string>> = {
  stopped: 'STOPPED: no process uses this tree',
  'read-only': 'READ-ONLY: the processes that use this tree can’t write to it',
  'read-only-remote': 'READ-ONLY (remote): every registry given is read-only and serves this tree',
  refused: 'REFUSED: something may write to this tree',
};

const MARK: Readonly<Record<Bearing, string>> = { against: '✗', for: '✓', note: '·' };
const ORDER: readonly Bearing[] = ['against', 'for', 'note'];

export interface VerdictText {
  /** The verdict, then one line for each piece of evidence; those against come first. */
  readonly lines: readonly string[];
  /** Lines that can be pasted, without duplicates. */
  readonly remedies: readonly string[];
}

/** @returns the text of a verdict; `remedies` is empty unless some evidence is `against` */
export function explainRefusal(verdict: Verdict): VerdictText {
  const sorted = ORDER.flatMap((bearing) => verdict.evidence.filter((e) => e.bearing === bearing));
  const remedies = sorted
    .filter((item) => item.bearing === 'against')
    .flatMap((item) => item.remedy?.split('\n') ?? []);
  return {
    lines: [
      SUMMARY[verdict.state],
      ...sorted.map((item) => `${MARK[item.bearing]} ${item.message}`),
    ],
    remedies: [...new Set(remedies)],
  };
}

/**
 * The error `guard-refused`. Its message lists all evidence against.
 * @param when added to the first line, such as `, midway`
 */
export function refusal(tree: StorageTree, verdict: Verdict, when = ''): RegsweepError {
  const against = verdict.evidence.filter((item) => item.bearing === 'against');
  const lines = against.map((item) => `\n  ${item.message}`);
  return new RegsweepError('guard-refused', `the safety check refused${when}:${lines.join('')}`, {
    path: tree.rootDirectory,
    remedy: explainRefusal(verdict).remedies.join('\n'),
  });
}

/**
 * For an inspection before anything is written. A clearance follows it.
 * @throws RegsweepError `guard-refused` if the verdict is refused and a nonce can't change that
 */
export function requireNotRefused(tree: StorageTree, verdict: Verdict): void {
  if (verdict.state === 'refused' && verdict.undecided !== true) throw refusal(tree, verdict);
}
