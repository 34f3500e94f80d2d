/** From a report to stdout, in the format that was asked for. */

import { type Context, print } from '../../app/context.js';
import type { Report, RunInfo } from '../../report/model/model.js';
import { reporters } from '../../report/reporters.js';
import { makeStyle } from '../../report/style.js';

export function rendered(context: Context, report: Report): Iterable<string> {
  const { color, width, bars } = context.terminal;
  return reporters[context.settings.format](report, makeStyle(color, width, bars));
}

export async function render(context: Context, report: Report): Promise<void> {
  context.reports.push(report);
  await print(context, rendered(context, report));
}

export function runInfo(context: Context): RunInfo {
  return {
    scannedAt: new Date(context.startedAtMs).toISOString(),
    durationMs: Date.now() - context.startedAtMs,
    version: context.version,
  };
}
