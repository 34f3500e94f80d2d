/** Scans `_uploads` of one repository: uploads in progress or abandoned. */
import { asideSuffixIn, isRepositoryPart, uploadsPath } from '../../storage/layout.js';
import type { FileStat } from '../../storage/port.js';
import type { Upload } from '../types.js';
import {
  isOnMount,
  listFolder,
  readErrorReason,
  type ScanContext,
  ScanFindings,
  seconds,
} from './context.js';

export interface UploadScan {
  readonly rows: readonly Upload[];
  readonly isImmovable: boolean;
  readonly foreign: boolean;
  readonly seen: ScanFindings;
}

const DEPTH = 6;

export function scanUploads(context: ScanContext, repository: string): UploadScan {
  const seen = new ScanFindings();
  const parent = uploadsPath(repository);
  const listing = listFolder(context, seen, parent, repository);
  const rows: Upload[] = [];
  let isImmovable = isOnMount(context, parent);
  let foreign = false;
  for (const entry of listing?.entries ?? []) {
    const path = `${parent}/${entry.name}`;
    if (entry.type !== 'directory' || isRepositoryPart(entry.name)) {
      seen.add({ code: 'stray-entry', path, repository });
      foreign = true;
      isImmovable ||= entry.type === 'symlink';
      continue;
    }
    try {
      const total: Total = { newest: 0, bytes: 0, diskBytes: 0, isImmovable: false, aside: [] };
      measure(context, path, total, DEPTH);
      rows.push({
        id: entry.name,
        newest: total.newest,
        bytes: total.bytes,
        diskBytes: total.diskBytes,
      });
      isImmovable ||= total.isImmovable;
      for (const file of total.aside) seen.add({ code: 'file-put-aside', path: file, repository });
    } catch (error) {
      seen.add({ code: 'unreadable-folder', path, repository, detail: readErrorReason(error) });
    }
  }
  return { rows, isImmovable, foreign, seen };
}

interface Total {
  newest: number;
  bytes: number;
  diskBytes: number;
  isImmovable: boolean;
  /** Files that an interrupted run has renamed. */
  aside: string[];
}

function measure(context: ScanContext, path: string, total: Total, depth: number): void {
  if (depth === 0) throw new Error('too deeply nested for an upload');
  const folder = context.reader.lstat(path);
  if (folder !== undefined) note(context, total, folder);
  for (const entry of context.reader.list(path) ?? []) {
    const below = `${path}/${entry.name}`;
    const stat = context.reader.lstat(below);
    if (stat === undefined) continue;
    if (stat.type === 'directory') {
      measure(context, below, total, depth - 1);
      continue;
    }
    note(context, total, stat);
    if (stat.type !== 'file') total.isImmovable = true;
    if (asideSuffixIn(entry.name) !== undefined) total.aside.push(below);
    total.bytes += stat.size;
    total.diskBytes += stat.blocks * 512;
  }
}

function note(context: ScanContext, total: Total, stat: FileStat): void {
  if (stat.dev !== context.device) total.isImmovable = true;
  total.newest = Math.max(total.newest, seconds(stat.mtimeMs));
}
