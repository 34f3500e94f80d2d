/** The text of `pulls`. */
import { printable } from '../../storage/names.js';
import { shellWord } from '../../util/shell-quote.js';
import type { PullsReport } from '../model/pulls.js';
import { columns, count, type Style, shortName } from '../style.js';

const SHOWN = 20;

export function* pullsText(report: PullsReport, style: Style): Generator<string> {
  for (const { file, lines, requests, pulls } of report.imported ?? []) {
    const of = `${count(lines, 'line')}, ${count(requests, 'request')}`;
    yield `${printable(file)}: ${of}, ${count(pulls, 'pull')} of manifests\n`;
  }
  if (report.covered.length === 0 && report.imported === undefined) {
    yield 'No pulls are recorded. To import the registry’s access log:\n';
    yield `  regsweep pulls import LOG... ${shellWord(report.root)}\n`;
    return;
  }
  for (const { from, to } of report.covered) yield `covered: ${from} to ${to}\n`;
  yield report.since === null
    ? 'The records end too long ago: a policy that asks for pulls keeps everything. Import newer logs.\n'
    : `Pulls are recorded since ${report.since}. An image without a record counts as pulled then.\n`;
  const { repositories } = report;
  yield `${count(report.records, 'tag or digest', 'tags and digests')} in ${count(repositories.length, 'repository', 'repositories')}\n`;
  if (repositories.length === 0) return;
  yield* columns(
    style,
    ['repository', 'references', 'last pulled', 'at'],
    repositories
      .slice(0, SHOWN)
      .map((row) => [
        printable(row.repository),
        String(row.references),
        shortName(row.lastPulled, 24),
        row.lastPulledAt,
      ]),
  );
  const rest = repositories.length - SHOWN;
  if (rest > 0) yield `… and ${rest} more (--format json lists them all)\n`;
}
