/** Appends to the journal of a run. Records are on the disk when `commit` returns. */
import fs from 'node:fs';
import { fsPath } from '../../storage/names.js';
import { isNoSpace, messageOf, RegsweepError } from '../../util/errors.js';
import { groupFolders } from './folder-groups.js';
import { groupItems } from './item-groups.js';
import type { ItemRecord, JournalRecord, ParentRecord } from './records.js';

const { O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** A batch is open from an opening record to a closing one. */
const OPENING: readonly JournalRecord['t'][] = ['item', 'restore', 'purge'];
const CLOSING: readonly JournalRecord['t'][] = ['done', 'restored', 'purged', 'settled'];

/** An open journal. `add` collects records, `commit` writes them. */
export class Journal {
  #size: number;
  #pending: JournalRecord[] = [];
  #isOpen = false;

  private constructor(
    private readonly fd: number,
    private readonly path: string,
    size: number,
    private readonly onFull: () => void,
  ) {
    this.#size = size;
  }

  /** @param onFull called on a full disk to free space, before one more try */
  static create(path: string, onFull: () => void): Journal {
    const flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW;
    return new Journal(fs.openSync(fsPath(path), flags, 0o600), path, 0, onFull);
  }

  /** @param size bytes of complete lines; an incomplete line after them is removed */
  static reopen(path: string, size: number, onFull: () => void): Journal {
    const fd = fs.openSync(fsPath(path), O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
    if (fs.fstatSync(fd).size > size) fs.ftruncateSync(fd, size);
    return new Journal(fd, path, size, onFull);
  }

  /** Whether the last batch has no closing record yet. The run can't end before it has one. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  add(record: JournalRecord): void {
    if (OPENING.includes(record.t)) this.#isOpen = true;
    if (CLOSING.includes(record.t)) this.#isOpen = false;
    this.#pending.push(record);
  }

  /** Drops the records since the last commit. Call it only if nothing of them was begun. */
  discard(): void {
    this.#pending = [];
    this.#isOpen = false;
  }

  /**
   * Writes the added records and fsyncs.
   * @throws RegsweepError `failed`; the records are then written with the next commit, so that their
   *   order is kept
   */
  commit(...records: JournalRecord[]): void {
    for (const record of records) this.add(record);
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(linesOf(this.#pending), 'utf8');
    try {
      this.#write(bytes);
    } catch (error) {
      const failed = this.#undo(error);
      if (!isNoSpace(error)) throw failed;
      this.#retry(bytes);
    }
    this.#size += bytes.length;
    this.#pending = [];
  }

  #write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(this.fd, bytes, done);
    fs.fsyncSync(this.fd);
  }

  #retry(bytes: Buffer): void {
    try {
      this.onFull();
      this.#write(bytes);
    } catch (error) {
      throw this.#undo(error);
    }
  }

  /** Like `commit`, for work that must continue without the journal. @returns the error, if any */
  tryCommit(...records: JournalRecord[]): RegsweepError | undefined {
    try {
      this.commit(...records);
      return undefined;
    } catch (error) {
      return error as RegsweepError;
    }
  }

  close(): void {
    fs.closeSync(this.fd);
  }

  /**
   * Truncates an incomplete write: an incomplete line before others would make the file unreadable.
   */
  #undo(cause: unknown): RegsweepError {
    const details = {
      path: this.path,
      cause,
      remedy:
        'free some space or give another folder with --state-dir, then run the command again: ' +
        'it recovers this run first',
    };
    const why = messageOf(cause);
    try {
      fs.ftruncateSync(this.fd, this.#size);
    } catch (again) {
      const more = `${why}; truncating it failed too: ${messageOf(again)}`;
      return new RegsweepError('failed', `the journal can't be written: ${more}`, details);
    }
    return new RegsweepError('failed', `the journal can't be written: ${why}`, details);
  }
}

/**
 * The records' lines. Items are grouped, after the folders above them. A restore may append to a
 * journal of an older version, so folders without items stay single records.
 */
function linesOf(records: readonly JournalRecord[]): string {
  const ordered: JournalRecord[] = [];
  let parents: ParentRecord[] = [];
  let items: ItemRecord[] = [];
  const flush = (): void => {
    const folders = items.length === 0 ? parents : groupFolders(parents);
    for (const record of [...folders, ...groupItems(items)]) ordered.push(record);
    parents = [];
    items = [];
  };
  for (const record of records) {
    if (record.t === 'parent') parents.push(record);
    else if (record.t === 'item') items.push(record);
    else {
      flush();
      ordered.push(record);
    }
  }
  flush();
  return ordered.map((record) => `${JSON.stringify(record)}\n`).join('');
}
