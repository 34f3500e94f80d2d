import type { Action } from '../../plan/types.js';
import { jsonName, rawPath } from '../../report/build/names.js';
import type { ApprovalRow } from '../../report/model/common.js';
import type { ActionRow, PlanReport } from '../../report/model/model.js';
import { hasRawBytes } from '../../storage/names.js';
import { type Context, runInfo } from '../context.js';
import { planNotes } from './kept-notes.js';
import { takesEverything } from './prepare/prepare-plan.js';
import type { Prepared } from './prepare/prepared.js';
import { refusalRows } from './prepare/preview-refusals.js';

export function planReport(
  context: Context,
  prepared: Prepared,
  notes: readonly string[] = [],
  approvals: readonly ApprovalRow[] = [],
): PlanReport {
  const { header, totals, listed } = prepared;
  return {
    ...header,
    run: {
      ...runInfo(context),
      notes: [...notes, ...planNotes(prepared)],
      ...refusalRows(prepared.refused),
      ...(approvals.length > 0 ? { approvals } : {}),
      ...(takesEverything(prepared) ? { everything: true as const } : {}),
    },
    totals,
    actions: {
      *[Symbol.iterator]() {
        for (const action of listed()) yield rowOf(action);
      },
    },
  };
}

function rowOf(action: Action): ActionRow {
  const { path, repository, tag } = action;
  if (![path, repository ?? '', tag ?? ''].some(hasRawBytes)) return action;
  return {
    ...action,
    path: jsonName(path),
    ...(repository === undefined ? {} : { repository: jsonName(repository) }),
    ...(tag === undefined ? {} : { tag: jsonName(tag) }),
    ...rawPath(path),
  };
}
