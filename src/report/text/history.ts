/** The text of `history`: growth, and the space that sweeps freed. */
import type { GrowthTotals, HistoryReport, RepositoryGrowthRow } from '../model/model.js';
import { columns, count, heading, type Style, shortName, size } from '../style.js';

const REPOSITORIES_SHOWN = 10;

export function* historyText(report: HistoryReport, style: Style): Generator<string> {
  yield heading(style, `History of ${shortName(report.root, 100)}`);
  if (report.records === 0) {
    yield 'No records yet. Each command that changes the tree adds one; so does analyze, if\n';
    yield '.regsweep or the folder of --state-dir exists and is writable.\n';
  } else {
    yield `${count(report.records, 'record')}${report.since === null ? '' : ` since ${report.since}`}\n`;
  }
  const { bytes, availableBytes } = report.run.disk;
  yield `Disk: ${size(availableBytes)} of ${size(bytes)} free\n`;
  if (report.growth !== null) yield* growthLines(report.growth, report.repositories, style);
  else if (report.records > 0)
    yield 'Growth needs two records that contain sizes, such as those of two analyze runs.\n';
  const { runs, items, quarantinedDiskBytes, freedBytes } = report.gotBack;
  if (runs > 0 || freedBytes > 0) {
    yield `Swept: ${count(items, 'item')} in ${count(runs, 'run')}; ${size(freedBytes)} freed, ` +
      `${size(quarantinedDiskBytes)} moved to quarantine\n`;
  }
  if (report.damagedLines > 0) {
    yield `${count(report.damagedLines, 'record')} skipped: incomplete\n`;
  }
}

const signed = (bytes: number): string => `${bytes < 0 ? '−' : '+'}${size(Math.abs(bytes))}`;

export function* growthLines(
  growth: GrowthTotals,
  repositories: readonly RepositoryGrowthRow[],
  style: Style,
): Generator<string> {
  const { from, to, diskBytes, diskBytesPerDay, diskFullAt } = growth;
  yield `  ${signed(diskBytes)} on disk from ${minute(from)} to ${minute(to)}`;
  yield diskBytesPerDay === null ? '\n' : `, ${signed(diskBytesPerDay)} a day\n`;
  if (diskFullAt !== null) yield `  at this rate the disk is full on ${diskFullAt.slice(0, 10)}\n`;
  else if (diskBytesPerDay === null) yield '  the period is too short for a rate\n';
  else yield '  at this rate the disk does not fill up\n';
  const changed = repositories.filter(({ growthBytes }) => growthBytes !== 0);
  if (changed.length === 0) return;
  yield* columns(
    style,
    ['repository', 'then', 'now', 'growth'],
    changed
      .slice(0, REPOSITORIES_SHOWN)
      .map(({ name, beforeBytes, bytes, growthBytes }) => [
        shortName(name, Math.max(16, style.width - 40)),
        beforeBytes === null ? '-' : size(beforeBytes),
        bytes === null ? '-' : size(bytes),
        signed(growthBytes),
      ]),
  );
}

const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');
