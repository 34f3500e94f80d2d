/** Prints reports on stdout in the requested format. */

import type { Report } from '../../report/model/model.js';
import { reporters } from '../../report/reporters.js';
import { makeStyle } from '../../report/style.js';
import { wrapText } from '../../report/wrap.js';
import { type CommandContext, print } from '../context.js';

function rendered(context: CommandContext, report: Report): Iterable<string> {
  const { color, width, bars } = context.terminal;
  const { format } = context.settings;
  const chunks = reporters[format](report, makeStyle(color, width, bars));
  return format === 'table' && bars ? wrapped(chunks, width) : chunks;
}

function* wrapped(chunks: Iterable<string>, width: number): Generator<string> {
  for (const chunk of chunks) yield wrapText(chunk, width);
}

export async function render(context: CommandContext, report: Report): Promise<void> {
  context.reports.push(report);
  await print(context, rendered(context, report));
}
