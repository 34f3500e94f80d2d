import type { PlanReport } from '../report/model.js';
import { jsonName, rawPath } from '../report/names.js';
import type { Context } from './context.js';
import type { Prepared } from './planning.js';
import { runInfo } from './render.js';
import { taglessNotes } from './tagless.js';

export function planReport(
  context: Context,
  prepared: Prepared,
  notes: readonly string[] = [],
): PlanReport {
  const { header, totals, actions } = prepared;
  return {
    ...header,
    run: { ...runInfo(context), notes: [...notes, ...taglessNotes(prepared)] },
    totals,
    actions: {
      *[Symbol.iterator]() {
        for (const action of actions) {
          yield { ...action, path: jsonName(action.path), ...rawPath(action.path) };
        }
      },
    },
  };
}
