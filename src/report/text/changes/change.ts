/** The text of commands that change the tree. */
import { printable } from '../../../storage/names.js';
import type { ChangeReport, OutcomeReport, PurgedAmount, TrashReport } from '../../model/model.js';
import { allocation, columns, count, type Style, shortName, size } from '../../style.js';
import { approvalsText, kindsText } from './plan.js';
import { removedText } from './removal.js';

const SKIPPED_SHOWN = 20;
/** Minimum width of the terminal for both sizes of a run. */
const WITH_SIZES = 76;

/** The default `--min-age` of `trash purge`. */
const QUARANTINE = '24 h';

const ENDINGS: Readonly<Record<ChangeReport['state'], string>> = {
  done: '',
  partial: 'Partly done.',
  interrupted: 'Interrupted; the tree is consistent.',
  'rolled-back': 'The safety check failed during the run.',
  'nothing-to-do': 'Nothing to do.',
  declined: 'Nothing was changed.',
};

const endingOf = ({ state, purged }: ChangeReport): string =>
  purged !== undefined && (state === 'nothing-to-do' || state === 'declined')
    ? 'Nothing else was changed.'
    : ENDINGS[state];

export function* changeText(report: ChangeReport, style: Style): Generator<string> {
  if (report.purged !== undefined) yield `${style.paint.bold(purgedLine(report.purged))}\n`;
  const first = firstLine(report);
  yield `${style.paint.bold(first)}\n`;
  const ending = endingOf(report);
  if (ending !== '' && ending !== first) yield `${ending}\n`;
  yield* kindsText(report.moved);
  yield* removedText(report.removed ?? []);
  yield* skippedText(report);
  if (report.run.id !== null) yield `run ${report.run.id}\n`;
  const { downtimeMs } = report.run;
  if (downtimeMs !== undefined) yield `downtime ${(downtimeMs / 1000).toFixed(1)} s\n`;
  yield* approvalsText(report.approvals);
  for (const note of report.notes) yield `${note}\n`;
}

function* skippedText({ skipped, skippedCount }: ChangeReport): Generator<string> {
  if (skippedCount === 0) return;
  yield `${count(skippedCount, 'item')} skipped:\n`;
  for (const { path, reason } of skipped.slice(0, SKIPPED_SHOWN)) {
    yield `  ${shortName(path, 4096)}: ${printable(reason)}\n`;
  }
  if (skippedCount > SKIPPED_SHOWN) yield '  … (--format json lists more)\n';
}

const purgedLine = (purged: PurgedAmount): string =>
  `First ${count(purged.items, 'item')} of ${count(purged.runs, 'run')} purged, ${allocation(purged)} freed.`;

/** How much was freed, or that no space is freed yet. */
function firstLine(report: ChangeReport): string {
  const { quarantine, moved, deleted = 0 } = report;
  const items = Object.values(moved).reduce((sum, number) => sum + number, 0);
  if (report.rolledBack !== undefined) return rolledBackLine(report.rolledBack, items);
  if (items === 0) return endingOf(report) || 'Nothing was changed.';
  if (!quarantine) {
    const left = items - deleted;
    const kept = left > 0 ? ` ${count(left, 'item')} in quarantine, not deleted.` : '';
    return `${count(deleted, 'item')} deleted, ${allocation(report)} freed.${kept}`;
  }
  const later = `regsweep trash purge frees ${allocation(report)} (allowed after ${QUARANTINE})`;
  return `${count(items, 'item')} moved to quarantine. No space freed yet: ${later}.`;
}

/** @param items moved items that were not put back */
function rolledBackLine(
  { putBack, ended }: NonNullable<ChangeReport['rolledBack']>,
  items: number,
): string {
  const left = items - ended;
  const parts = [
    `${count(putBack, 'item')} put back`,
    ...(left > 0 ? [`${count(left, 'item')} in quarantine`] : []),
    ...(ended > 0 ? [`${count(ended, 'item')} already deleted permanently`] : []),
  ];
  return `Rolled back: ${parts.join(', ')}.`;
}

export function* trashText(report: TrashReport, style: Style): Generator<string> {
  if (report.runs.length === 0) {
    yield report.narrowed === true ? 'No run matches.\n' : 'The quarantine is empty.\n';
  } else {
    // On a narrow terminal, the size that a purge frees is the one to keep.
    const trimmed = (cells: readonly string[]): readonly string[] =>
      style.width < WITH_SIZES ? cells.filter((_, i) => i !== 4) : cells;
    yield* columns(
      style,
      trimmed(['run', 'command', 'state', 'items', 'size', 'on disk']),
      report.runs.map((run) =>
        trimmed([
          run.id,
          run.command ?? '-',
          run.state,
          run.items.toLocaleString('en-US'),
          size(run.bytes),
          size(run.diskBytes),
        ]),
      ),
      3,
    );
  }
  for (const note of report.notes) yield `${note}\n`;
}

export function* outcomeText(report: OutcomeReport, style: Style): Generator<string> {
  const purges = report.command === 'trash purge';
  const verb = purges ? 'purged' : 'restored';
  const done = report.dryRun === true ? `would be ${verb}` : verb;
  const amount = purges ? `, ${allocation(report)} freed` : '';
  yield `${style.paint.bold(`${count(report.items, 'item')} ${done}${amount}.`)}\n`;
  if (report.state === 'interrupted') yield `${ENDINGS.interrupted}\n`;
  for (const { path, reason } of report.problems) {
    yield `  ${shortName(path, 4096)}: ${printable(reason)}\n`;
  }
  yield* approvalsText(report.approvals);
  for (const note of report.notes) yield `${note}\n`;
}
