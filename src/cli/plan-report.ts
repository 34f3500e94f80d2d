import type { PlanReport } from '../report/model.js';
import { jsonName, rawPath } from '../report/names.js';
import type { Context } from './context.js';
import type { Prepared } from './planning.js';
import { runInfo } from './render.js';

export function planReport(
  context: Context,
  { header, totals, actions }: Prepared,
  notes: readonly string[] = [],
): PlanReport {
  return {
    ...header,
    run: { ...runInfo(context), notes },
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
