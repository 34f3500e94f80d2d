/** Runs the command line: from arguments to an exit code. */

import { policyOf } from '../app/select/policy-source.js';
import { compileLess } from '../runtime/compiler.js';
import { keepHeapsSmall } from '../runtime/heap.js';
import { readVersion } from '../runtime/version.js';
import { EXIT, exitCodeOf, RegsweepError, usageError } from '../util/errors.js';
import { asksForVersion } from './args/familiar-words.js';
import { type Parsed, parseCommandLine } from './args/parse.js';
import { withRawBytes } from './args/raw-arguments.js';
import { type CommandContext, commandContext } from './context.js';
import { errorJson, wantsJson } from './output/errors/error-json.js';
import { loggedResult } from './output/files/log-result.js';
import { requireFilesOutside } from './output/files/outside-tree.js';
import { errorText, sayToUser } from './output/log.js';
import { lostOutput, outliveBrokenOutput } from './output/lost-output.js';
import { ReaderGone } from './output/write.js';
import { resolveSettings, type Settings } from './settings/resolve.js';
import { listenForSignals } from './signals.js';

/** @returns the exit code; never throws and never exits the process, except at a second signal */
export async function main(given: readonly string[]): Promise<number> {
  const args = withRawBytes(given);
  outliveBrokenOutput();
  keepHeapsSmall();
  compileLess();
  try {
    if (asksForVersion(args)) {
      process.stdout.write(`${readVersion()}\n`);
      return await afterPrinting();
    }
    const parsed = await parseCommandLine(args);
    return parsed === undefined ? await afterPrinting() : await runCommand(parsed, args);
  } catch (error) {
    return reportError(error, args);
  }
}

/** The exit code after help, a version or a completion script, which are printed without a check. */
async function afterPrinting(): Promise<number> {
  const error = await lostOutput();
  if (error !== undefined) throw error;
  return EXIT.done;
}

/** Exits with `partial` if a glob matched nothing, so that a script notices a misspelt one. */
const exitOf = ({ tally }: CommandContext, code: number): number =>
  code === EXIT.done && (tally.unmatched?.length ?? 0) > 0 ? EXIT.partial : code;

/** An error after the result was printed. stdout then already has its JSON document. */
class AfterReport {
  constructor(readonly error: unknown) {}
}

/** Prints an error on stderr, and as JSON on stdout with `--format json` or `ndjson`. */
function reportError(thrown: unknown, args: readonly string[]): number {
  const isAfter = thrown instanceof AfterReport;
  const error = isAfter ? thrown.error : thrown;
  if (error instanceof ReaderGone) return EXIT.done;
  sayToUser(`regsweep: ${errorText(error)}`);
  if (!isAfter && wantsJson(args, process.env)) process.stdout.write(errorJson(error));
  return exitCodeOf(error);
}

async function runCommand(parsed: Parsed, args: readonly string[]): Promise<number> {
  const { spec, subject, subjects, argv } = parsed;
  const settings = await resolveSettings(argv, process.env, spec.options);
  await requireFilesOutside(settings, settings.output);
  const interrupts = listenForSignals((message) => sayToUser(`regsweep: ${message}`));
  const { name: command } = spec;
  const context = commandContext({
    command,
    subject,
    subjects,
    settings,
    signal: interrupts.signal,
  });
  try {
    if (settings.format === 'csv' && !spec.csv) {
      throw usageError(`${command} has no rows for --format csv`, 'use --format ndjson');
    }
    context.logFile.write('info', 'start', { version: context.version });
    const { readings = [] } = settings.policy === undefined ? {} : policyOf(settings.policy);
    for (const line of readings) context.log.note(line);
    const { run } = await spec.load();
    const code = exitOf(context, await withFollowUps(context, spec, () => run(context)));
    logResults(context);
    context.logFile.write('info', 'end', { exitCode: code });
    return code;
  } catch (error) {
    const exitCode = exitCodeOf(error);
    logResults(context);
    context.logFile.write('error', 'end', { exitCode, message: errorText(error) });
    if (context.reports.length > 0) throw new AfterReport(error);
    if (!isWithoutRoot(error, settings)) throw error;
    const { withFoundTrees } = await import('./output/errors/found-trees.js');
    throw await withFoundTrees(error, args);
  } finally {
    context.progress.stop();
    interrupts.end();
  }
}

function logResults({ reports, logFile }: CommandContext): void {
  for (const report of reports) {
    const result = loggedResult(report);
    if (result !== undefined) logFile.write('info', 'result', result);
  }
}

/** Wraps the run in the metrics file and the notification, which follow success and failure. */
function withFollowUps(
  context: CommandContext,
  { options }: Parsed['spec'],
  run: () => Promise<number>,
): Promise<number> {
  const { metricsFile, notifyCommand, dryRun } = context.settings;
  if (dryRun) return run();
  let work = run;
  if (metricsFile !== undefined && options.includes('metrics-file')) {
    const before = work;
    work = async () =>
      (await import('./output/files/metrics-file.js')).withMetrics(context, metricsFile, before);
  }
  if (notifyCommand !== undefined && options.includes('notify-command')) {
    const before = work;
    work = async () =>
      (await import('./output/notify.js')).withNotification(context, notifyCommand, before);
  }
  return work();
}

/** Whether the user gave no root and the default one is no registry. */
const isWithoutRoot = (error: unknown, { sourceOf }: Settings): error is RegsweepError =>
  error instanceof RegsweepError &&
  error.code === 'not-a-registry' &&
  sourceOf('root') === undefined &&
  sourceOf('config') === undefined;
