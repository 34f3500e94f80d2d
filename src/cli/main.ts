/** From arguments to an exit code. */

import { compileLess } from '../runtime/compiler.js';
import { keepHeapsSmall } from '../runtime/heap.js';
import { EXIT, exitCodeOf, usageError } from '../util/errors.js';
import { type Parsed, parseCommandLine } from './args/parse.js';
import { makeContext } from './context.js';
import { errorText } from './output/log.js';
import { ReaderGone } from './output/write.js';
import { resolveSettings } from './settings/resolve.js';
import { listenForSignals } from './signals.js';

/** @returns the exit code; never throws, never exits */
export async function main(args: readonly string[]): Promise<number> {
  keepHeapsSmall();
  compileLess();
  try {
    const parsed = await parseCommandLine(args);
    return parsed === undefined ? EXIT.done : await runCommand(parsed);
  } catch (error) {
    if (error instanceof ReaderGone) return EXIT.done;
    process.stderr.write(`regsweep: ${errorText(error)}\n`);
    return exitCodeOf(error);
  }
}

async function runCommand({ spec, subject, subjects, argv }: Parsed): Promise<number> {
  const settings = await resolveSettings(argv, process.env, spec.options);
  const interrupts = listenForSignals((message) => process.stderr.write(`regsweep: ${message}\n`));
  const { name: command } = spec;
  const context = makeContext({ command, subject, subjects, settings, signal: interrupts.signal });
  try {
    if (settings.format === 'csv' && !spec.csv) {
      throw usageError(`${command} has no rows for --format csv`, 'use --format ndjson');
    }
    const { run } = await spec.load();
    const { metricsFile, dryRun } = settings;
    if (metricsFile === undefined || dryRun || !spec.options.includes('metrics-file')) {
      return await run(context);
    }
    const { withMetrics } = await import('./output/metrics-file.js');
    return await withMetrics(context, metricsFile, () => run(context));
  } finally {
    context.progress.stop();
    interrupts.end();
  }
}
