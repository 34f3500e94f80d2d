/** A whole tree as data, to compare what was before with what is after. */
import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface SnapshotOptions {
  /** mtimes of folders too: they change when anything in them is renamed. Default true. */
  readonly folderTimes?: boolean;
  /** Paths (relative) to leave out, with all beneath. */
  readonly except?: (path: string) => boolean;
}

/**
 * Each path (relative to `folder`) with its type, mode, owner, mtime in nanoseconds, and the
 * size and hash of a file's content. Names are latin1, so that any byte survives.
 */
export function snapshot(folder: string, options: SnapshotOptions = {}): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    if (options.except?.(path)) return;
    const where = Buffer.from(path === '' ? folder : `${folder}/${path}`, 'latin1');
    const stat = lstatSync(where, { bigint: true });
    found.set(path, describe(where, stat, options.folderTimes ?? true));
    if (!stat.isDirectory()) return;
    const entries = readdirSync(where, { encoding: 'buffer' }).map((name) =>
      name.toString('latin1'),
    );
    for (const name of entries.sort()) visit(path === '' ? name : `${path}/${name}`);
  };
  visit('');
  return found;
}

function describe(where: Buffer, stat: BigIntStats, folderTimes: boolean): string {
  const owner = `${stat.mode.toString(8)} ${stat.uid}:${stat.gid}`;
  if (stat.isSymbolicLink()) return `${owner} -> ${readlinkSync(where)}`;
  if (stat.isDirectory()) return folderTimes ? `${owner} ${stat.mtimeNs}` : owner;
  if (!stat.isFile()) return `${owner} ${stat.mtimeNs}`;
  const hash = createHash('sha256').update(readFileSync(where)).digest('hex');
  return `${owner} ${stat.mtimeNs} ${stat.size} ${hash}`;
}
