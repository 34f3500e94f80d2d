/** `pulls show`: the period that the records of pulls cover. */
import { jsonName } from '../../report/build/names.js';
import type { PullsReport } from '../../report/model/pulls.js';
import { isoTime } from '../../util/iso-time.js';
import { repositoryMatcher } from '../../util/pattern/glob-list.js';
import { type Context, treeOf } from '../context.js';
import { existingState } from '../records/state-folder.js';
import { PullRecords, pullsFile } from './records.js';

export interface ImportedLog {
  readonly file: string;
  readonly lines: number;
  /** Requests to a registry's API. */
  readonly requests: number;
  readonly pulls: number;
}

export async function showPulls(context: Context): Promise<PullsReport> {
  const tree = await treeOf(context);
  const state = existingState(tree, context.options);
  const records = state && PullRecords.read(pullsFile(state.base));
  return pullsReport(context, tree.rootDirectory, records ?? new PullRecords());
}

export function pullsReport(
  context: Context,
  root: string,
  records: PullRecords,
  imported?: readonly ImportedLog[],
): PullsReport {
  const since = records.since(Math.floor(context.startedAtMs / 1000));
  const isMeant = repositoryMatcher(context.options.repo, context.options.exclude);
  const names = records.repositories.filter(isMeant);
  return {
    schemaVersion: 1,
    root,
    ...(imported === undefined ? {} : { imported }),
    since: since === undefined ? null : isoTime(since),
    covered: records.covered().map(([from, to]) => ({ from: isoTime(from), to: isoTime(to) })),
    records: records.count,
    repositories: names.map((name) => {
      const references = [...records.referencesOf(name)].sort((a, b) => b[1] - a[1]);
      return {
        repository: jsonName(name),
        references: references.length,
        lastPulledAt: isoTime(references[0]![1]),
        lastPulled: jsonName(references[0]![0]),
      };
    }),
  };
}
