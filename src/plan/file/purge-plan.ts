/** The plan file of a purge: the quarantined runs to delete, with the items of each. */

import type { NewHash } from '../../util/hash.js';
import type { PlanHeader } from '../types.js';
import type { PlanRun } from './codec.js';
import { hex, type OnRow, readSealed, sealedLines, untrusted } from './sealed-lines.js';

export const PURGE = 'purge';

export interface PurgeRow {
  /** Id of the quarantined run. */
  readonly id: string;
  readonly startedAt: string | null;
  readonly items: number;
  readonly bytes: number;
  readonly diskBytes: number;
  /** SHA-256 in hex of the list of its items. */
  readonly sha256: string;
}

export interface PurgeTotals {
  readonly runs: number;
  readonly items: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

export interface PurgeHeader extends Pick<PlanHeader, 'schemaVersion' | 'id' | 'root'> {
  readonly kind: typeof PURGE;
  readonly storage: Pick<PlanHeader['storage'], 'filesystemId' | 'inode'>;
}

export interface PurgeFile {
  readonly header: PurgeHeader;
  readonly path: string;
  /** SHA-256 in hex of the file's content. */
  readonly sha256: string;
  readonly rows: readonly PurgeRow[];
}

/** @returns the header; its id is a hash of the tree and the rows */
export function purgeHeader(
  root: string,
  storage: PurgeHeader['storage'],
  rows: readonly PurgeRow[],
  newHash: NewHash,
): PurgeHeader {
  const hash = newHash();
  hash.update(JSON.stringify({ kind: PURGE, storage, rows }));
  return {
    schemaVersion: 1,
    kind: PURGE,
    id: hex(hash.digest()).slice(0, 32),
    root,
    storage,
  };
}

export function purgeTotals(rows: readonly PurgeRow[]): PurgeTotals {
  const sum = (field: 'items' | 'bytes' | 'diskBytes'): number =>
    rows.reduce((total, row) => total + row[field], 0);
  return {
    runs: rows.length,
    items: sum('items'),
    bytes: sum('bytes'),
    diskBytes: sum('diskBytes'),
  };
}

export const purgeLines = (
  header: PurgeHeader,
  run: PlanRun,
  rows: readonly PurgeRow[],
  newHash: NewHash,
): Generator<string> => sealedLines({ ...header, run }, rows, purgeTotals(rows), newHash);

/** @throws RegsweepError `plan-refused` if the file was truncated or changed, or is another plan */
export async function readPurgePlan(
  lines: AsyncIterable<string> | Iterable<string>,
  path: string,
  newHash: NewHash,
): Promise<PurgeFile> {
  const rows: PurgeRow[] = [];
  const onRow: OnRow = (row, { kind }) => {
    if (kind !== PURGE) throw untrusted(path, 'it is a plan for regsweep sweep --plan');
    rows.push(requirePurgeRow(row, path));
  };
  const { header, sha256 } = await readSealed(lines, path, newHash, onRow);
  if (header.kind !== PURGE) throw untrusted(path, 'it is a plan for regsweep sweep --plan');
  return { header: header as object as PurgeHeader, path, sha256, rows };
}

/** @throws RegsweepError `plan-refused` if the row has another form */
export function requirePurgeRow(row: object, path: string): PurgeRow {
  const { id, sha256 } = row as Partial<PurgeRow>;
  if (typeof id === 'string' && typeof sha256 === 'string') return row as PurgeRow;
  throw untrusted(path, 'regsweep didn’t write one of its runs');
}
