/** `pulls import`: records the pulls in access logs. */
import { lstatSync } from 'node:fs';
import type { PullsReport } from '../../report/model/pulls.js';
import { repositoryPath } from '../../storage/layout.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import { type Context, endIfInterrupted, treeOf } from '../context.js';
import { stateToWrite } from '../records/state-folder.js';
import { logLines } from './log-files.js';
import { isOfRegistry, parseLogLine, pullOf } from './log-line.js';
import { PullRecords, pullsFile } from './records.js';
import { type ImportedLog, pullsReport } from './show.js';

/** Tolerance for wrong clocks, in seconds. Requests later than that are ignored. */
const AHEAD = 86_400;

/** @param files paths of log files; `-` is standard input */
export async function importPulls(
  context: Context,
  files: readonly string[],
): Promise<PullsReport> {
  const tree = await treeOf(context);
  const state = stateToWrite(tree, context.options);
  if (state === undefined) {
    throw new RegsweepError('failed', 'there is no state folder beside the tree yet', {
      path: tree.rootDirectory,
      remedy: 'run it as root, or give a folder with --state-dir',
    });
  }
  const path = pullsFile(state.base);
  const records = PullRecords.read(path) ?? new PullRecords();
  const imported: ImportedLog[] = [];
  for (const file of files) imported.push(await readLog(context, file, records));
  const empty = imported.filter(({ requests }) => requests === 0);
  if (empty.length === imported.length) throw noRequests(empty);
  for (const { file } of empty) context.log.warn(`${file}: contains no request to a registry`);
  warnOfStrangers(context, tree, records);
  records.write(path);
  return pullsReport(context, tree.rootDirectory, records, imported);
}

async function readLog(context: Context, file: string, records: PullRecords): Promise<ImportedLog> {
  const latest = context.startedAtMs / 1000 + AHEAD;
  let [lines, requests, pulls, bytes] = [0, 0, 0, 0];
  const onBytes = (more: number): void => {
    bytes += more;
    context.progress.update({ stage: `Reading ${file}`, done: bytes, unit: 'bytes' });
  };
  try {
    for await (const line of logLines(file, onBytes)) {
      endIfInterrupted(context, 'nothing was recorded');
      lines += 1;
      const request = parseLogLine(line);
      if (request === undefined || !isOfRegistry(request) || request.time > latest) continue;
      requests += 1;
      records.cover(request.time);
      const pull = pullOf(request);
      if (pull === undefined) continue;
      pulls += 1;
      records.add(pull);
    }
  } finally {
    context.progress.stop();
  }
  return { file, lines, requests, pulls };
}

function noRequests(files: readonly ImportedLog[]): RegsweepError {
  const names = files.map(({ file }) => file).join(', ');
  return new RegsweepError('failed', `${names}: no request to a registry was found`, {
    remedy:
      'give the registry’s own log with log.level info, or the access log of the proxy in front of it, ' +
      'in the combined format or as JSON; docs/policy.md shows them',
  });
}

/** A proxy may serve the registry under other names. */
function warnOfStrangers(context: Context, { v2 }: StorageTree, records: PullRecords): void {
  const isThere = (name: string): boolean =>
    lstatSync(`${v2}/${repositoryPath(name)}`, { throwIfNoEntry: false }) !== undefined;
  const names = records.repositories;
  const strange = names.filter((name) => !isThere(name));
  if (strange.length === 0) return;
  const shown = strange.slice(0, 5).join(', ');
  context.log.warn(
    `${strange.length} of ${names.length} pulled repositories are not in this tree: ${shown}` +
      (strange.length === names.length ? '; is this the log of another registry?' : ''),
  );
}
