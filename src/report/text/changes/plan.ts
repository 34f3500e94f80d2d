/** The text of plans, and lines that plans and their results share. */

import { ACTION_KINDS, type ActionKind } from '../../../graph/action-kinds.js';
import type { PurgeTotals } from '../../../plan/file/purge-plan.js';
import type { PlanTotals } from '../../../plan/types.js';
import { printable } from '../../../storage/names.js';
import type { ApprovalRow, PlanReport } from '../../model/model.js';
import { count, heading, inFolders, type Style, shortName, size } from '../../style.js';
import { planSummary } from './plan-summary.js';

/** The first line of a plan that removes everything. */
export const everythingGoes = (root: string, { blobs }: PlanTotals): string =>
  `Everything in ${shortName(root, 100)} is removed: it has no manifest, and ${count(blobs, 'blob')}.\n`;

/** On a terminal, a summary unless `--all` is given. For a pipe or a file, every item. */
export function* planText(
  report: PlanReport & { readonly view?: { readonly all: boolean } },
  style: Style,
): Generator<string> {
  if (report.run.everything === true) yield everythingGoes(report.root, report.totals);
  if (style.bars && report.view?.all !== true) yield* planSummary(report.actions, style);
  else yield* planLines(report);
  yield heading(style, `Plan ${report.id} for ${shortName(report.root, 100)}`);
  yield* kindsText(report.totals.byKind);
  yield `${whatGoes(report.totals)}\n`;
  yield* approvalsText(report.run.approvals);
  for (const note of report.run.notes) yield `${note}\n`;
}

function* planLines({ actions, totals }: PlanReport): Generator<string> {
  for (const action of actions) {
    const amount = action.bytes === undefined ? '' : ` (${size(action.bytes)})`;
    yield `${action.kind.padEnd(15)} ${shortName(action.path, 4096)}${amount}: ${printable(action.reason)}\n`;
  }
  if (totals.actions > 0) yield '\n';
}

/** `1,204 items, 800 of them blobs: 1.3 GB on disk (blobs 1.2 GB), + 6.5 MB in folders.` */
export function whatGoes({ actions, blobs, ...sizes }: PlanTotals): string {
  if (actions === 0) return 'Nothing to remove.';
  const number = blobs.toLocaleString('en-US');
  const [all, ofBlobs] = [size(sizes.diskBytes), size(sizes.blobDiskBytes)];
  const apart = blobs === 0 || all === ofBlobs ? '' : ` (blobs ${ofBlobs})`;
  return `${count(actions, 'item')}, ${number} of them blobs: ${all} on disk${apart}${inFolders(sizes)}.`;
}

/** Who approved it, and when. */
export function* approvalsText(approvals: readonly ApprovalRow[] = []): Generator<string> {
  for (const { by, key, approvedAt } of approvals) {
    yield `approved by ${printable(by)} (${key}) at ${approvedAt}\n`;
  }
}

/** Of a saved purge. */
export function whatIsPurged({ runs, items, diskBytes }: PurgeTotals): string {
  return `${count(runs, 'quarantined run')}, ${count(items, 'item')}: ${size(diskBytes)} on disk.`;
}

export function* kindsText(
  kinds: Readonly<Partial<Record<ActionKind, number>>>,
): Generator<string> {
  for (const kind of ACTION_KINDS) {
    const number = kinds[kind] ?? 0;
    if (number > 0) yield `  ${kind.padEnd(16)}${number.toLocaleString('en-US').padStart(12)}\n`;
  }
}
