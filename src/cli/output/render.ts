/** Prints reports on stdout in the requested format. */

import type { Report } from '../../report/model/model.js';
import { reporters } from '../../report/reporters.js';
import { makeStyle } from '../../report/style.js';
import { type CommandContext, print } from '../context.js';

function rendered(context: CommandContext, report: Report): Iterable<string> {
  const { color, width, bars } = context.terminal;
  return reporters[context.settings.format](report, makeStyle(color, width, bars));
}

export async function render(context: CommandContext, report: Report): Promise<void> {
  context.reports.push(report);
  await print(context, rendered(context, report));
}
