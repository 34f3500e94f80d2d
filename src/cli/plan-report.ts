import type { PlanReport } from '../report/model.js';
import { jsonName, rawPath } from '../report/names.js';
import type { Context } from './context.js';
import { keptNotes, type Prepared } from './planning.js';
import { runInfo } from './render.js';

export function planReport(
  context: Context,
  prepared: Prepared,
  notes: readonly string[] = [],
): PlanReport {
  const { header, totals, items } = prepared;
  return {
    ...header,
    run: { ...runInfo(context), notes: [...notes, ...keptNotes(prepared)] },
    totals,
    actions: {
      *[Symbol.iterator]() {
        for (const { action } of items()) {
          yield { ...action, path: jsonName(action.path), ...rawPath(action.path) };
        }
      },
    },
  };
}
