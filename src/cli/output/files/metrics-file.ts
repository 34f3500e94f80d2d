/** `--metrics-file`: writes a run's metrics for node_exporter, also if the run failed. */
import { existsSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { metricsOf, type RunOutcome } from '../../../report/build/metrics.js';
import { prometheusText } from '../../../report/formats/prometheus.js';
import type { Report } from '../../../report/model/model.js';
import { V2 } from '../../../storage/layout.js';
import { writeText } from '../../../util/disk/atomic-write.js';
import {
  EXIT,
  errnoOf,
  exitCodeOf,
  orMissing,
  RegsweepError,
  usageError,
} from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { errorText } from '../log.js';
import { ReaderGone } from '../write.js';

/**
 * Runs the command and writes the file after success and failure. If both the command and the
 * writing fail, the command's error is thrown.
 * @returns the exit code
 * @throws RegsweepError `usage` or `failed` before the run if the file's name or folder is wrong
 */
export async function withMetrics(
  context: CommandContext,
  path: string,
  run: () => Promise<number>,
): Promise<number> {
  requireName(path);
  requireFolder(path);
  try {
    const code = await run();
    await writeMetrics(context, path, { exitCode: code, result: resultOf(context, code) });
    return code;
  } catch (error) {
    const isReaderGone = error instanceof ReaderGone;
    const exitCode = isReaderGone ? EXIT.done : exitCodeOf(error);
    const code = error instanceof RegsweepError ? error.code : 'failed';
    await writeMetrics(context, path, { exitCode, result: isReaderGone ? 'done' : code }).catch(
      (failure: unknown) => context.log.warn(errorText(failure)),
    );
    throw error;
  }
}

/** node_exporter silently ignores files with another suffix. */
function requireName(path: string): void {
  if (path.endsWith('.prom')) return;
  throw usageError(`--metrics-file ${path}: the name must end in .prom`, `${path}.prom`);
}

function requireFolder(path: string): void {
  const folder = dirname(path);
  if (existsSync(folder)) return;
  throw new RegsweepError('failed', `--metrics-file: the folder ${folder} does not exist`, {
    path,
    remedy: `mkdir -p ${folder}`,
  });
}

const lastReport = ({ reports }: CommandContext): Report | undefined => reports.at(-1);

function resultOf(context: CommandContext, code: number): string {
  const report = lastReport(context);
  if (report?.kind === 'change' || report?.kind === 'outcome') return report.state;
  return code === EXIT.done || code === EXIT.detailed ? 'done' : 'failed';
}

async function writeMetrics(
  context: CommandContext,
  path: string,
  ended: Pick<RunOutcome, 'exitCode' | 'result'>,
): Promise<void> {
  const root = rootOf(context);
  const families = metricsOf({
    ...ended,
    root,
    command: context.command,
    report: lastReport(context),
    purged: context.tally.purged,
    endedAt: Math.floor(Date.now() / 1000),
    durationSeconds: (Date.now() - context.startedAtMs) / 1000,
    disk: diskOf(root),
  });
  const { command } = context;
  const text = [...prometheusText(families, { root, command }, previousText(path))].join('');
  await writeText(path, text);
}

/** The rootdirectory in the form that reports use, also without a report. */
function rootOf({ options: settings, reports }: CommandContext): string {
  const known = reports.find((report) => 'root' in report);
  if (known !== undefined) return known.root;
  const given = resolve(settings.root);
  const root = given.endsWith(`/${V2}`) ? given.slice(0, -V2.length - 1) : given;
  try {
    return realpathSync(root);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return root;
  }
}

/** Undefined if the folder doesn't exist; the command's own error reports that. */
function diskOf(root: string): RunOutcome['disk'] {
  try {
    const { bsize, blocks, bavail } = statfsSync(root);
    return { bytes: bsize * blocks, availableBytes: bsize * bavail };
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

const previousText = (path: string): string => orMissing(() => readFileSync(path, 'utf8')) ?? '';
