/**
 * Reads a journal. Keeps only the place and the offset of each item in memory, since a run may have
 * millions. The items themselves are read from the file again when they are needed.
 */
import fs from 'node:fs';
import type { BootMoment } from '../../runtime/boot-clock.js';
import { fsPath, printable } from '../../storage/names.js';
import type { FolderMeta } from '../../storage/writer/folder-meta.js';
import { RegsweepError } from '../../util/errors.js';
import type { SweepState } from '../state/state.js';
import { foldersOf } from './folder-groups.js';
import { itemsOf } from './item-groups.js';
import { damaged, readItems } from './item-reader.js';
import {
  type DoneRecord,
  type ItemLocation,
  type ItemRecord,
  type ItemsRecord,
  JOURNAL_VERSION,
  type JournalRecord,
  type ParentRecord,
  parseRecord,
  type RestoreRecord,
  type RunEnd,
  type RunRecord,
} from './records.js';

const PLACES: readonly (ItemLocation | 'open')[] = ['open', 'trash', 'tree', 'purged', 'lost'];
const CHUNK = 1 << 20;
/** Whether a line is the header of a form that this version doesn't know. */
const isNewer = (line: string): boolean =>
  Number(/^\{"t":"run","v":(\d+)/.exec(line)?.[1]) > JOURNAL_VERSION;

/** A batch without a closing record. Recovery settles it. */
export type OpenBatch =
  | { readonly kind: 'move'; readonly n: readonly number[] }
  | { readonly kind: 'purge'; readonly n: readonly number[]; readonly entries: readonly number[] }
  | { readonly kind: 'restore'; readonly n: readonly number[]; readonly record: RestoreRecord };

/** The content of a journal. */
export class RunFile {
  header!: RunRecord;
  readonly parents = new Map<string, FolderMeta>();
  readonly folderTimesAfter = new Map<string, string>();
  ended: RunEnd | undefined;
  /** RFC 3339. */
  endedAt: string | undefined;
  endedClock: BootMoment | undefined;
  open: OpenBatch | undefined;
  count = 0;
  /** Bytes of complete lines. */
  size = 0;
  /** The last line is incomplete, after a kill. */
  torn = false;
  #offsets = new Float64Array(1024);
  #places = new Uint8Array(1024);
  #opened: number[] = [];
  /** For each part of a repository, the number of that repository's first part. */
  readonly #wholes = new Map<number, number>();
  #openWhole: number | undefined;

  constructor(readonly path: string) {}

  place(n: number): ItemLocation | 'open' {
    return PLACES[this.#places[n]!]!;
  }

  /** Numbers of the items in the trash, in the order of the sweep. */
  *inTrash(): Generator<number> {
    for (let n = 0; n < this.count; n++) if (this.#places[n] === 1) yield n;
  }

  /** Numbers of the items that were not moved, or were restored. */
  *inTree(): Generator<number> {
    for (let n = 0; n < this.count; n++) if (this.place(n) === 'tree') yield n;
  }

  get anyInTrash(): boolean {
    return this.#places.subarray(0, this.count).includes(1);
  }

  /** Number of items in a place. Counts a repository's parts once. */
  countIn(place: ItemLocation): number {
    let count = 0;
    let last: number | undefined;
    const code = PLACES.indexOf(place);
    for (let n = 0; n < this.count; n++) {
      if (this.#places[n] !== code) continue;
      if (this.wholeOf(n) !== last) count += 1;
      last = this.wholeOf(n);
    }
    return count;
  }

  /** The item's own number; for a part of a repository, the number of its first part. */
  wholeOf(n: number): number {
    return this.#wholes.get(n) ?? n;
  }

  /**
   * Reads items from the file, in the given order.
   * @throws RegsweepError if the file has changed
   */
  items(numbers: Iterable<number>): Generator<ItemRecord> {
    return readItems(this.path, numbers, (n) => this.#offsets[n]!);
  }

  /** Applies one record. @returns false if it can't follow the records before it */
  take(record: JournalRecord, offset: number): boolean {
    if ((record.t === 'run') !== (this.header === undefined)) return false;
    switch (record.t) {
      case 'run':
        this.header = record;
        return true;
      case 'parent':
        return this.#takeFolders([record]);
      case 'parents':
        return this.#takeFolders(this.header.v === JOURNAL_VERSION ? foldersOf(record) : undefined);
      case 'item':
        return this.#intend(record, offset);
      case 'items':
        return this.#intendAll(record, offset);
      case 'done':
        return this.#done(record);
      case 'restore':
        return this.#begin({ kind: 'restore', n: record.n, record });
      case 'purge':
        return this.#begin({ kind: 'purge', n: record.n, entries: record.entries });
      case 'restored':
        return this.#close('restore', record.n, 'tree');
      case 'purged':
        return this.#close('purge', record.n, 'purged');
      case 'settled':
        for (const [n, place] of record.items) if (!this.#set(n, place)) return false;
        this.open = undefined;
        this.#opened = [];
        return true;
      case 'end':
        this.ended = record.state;
        this.endedAt = record.at;
        this.endedClock = record.clock;
        return this.open === undefined;
    }
  }

  #takeFolders(folders: readonly ParentRecord[] | undefined): boolean {
    for (const folder of folders ?? []) this.parents.set(folder.path, folder);
    return folders !== undefined;
  }

  #intendAll(record: ItemsRecord, offset: number): boolean {
    const items = this.header.v === JOURNAL_VERSION ? itemsOf(record) : undefined;
    return items?.every((item) => this.#intend(item, offset)) === true;
  }

  #intend(record: ItemRecord, offset: number): boolean {
    if (record.n !== this.count || (this.open !== undefined && this.open.kind !== 'move')) {
      return false;
    }
    if (this.count === this.#places.length) this.#grow();
    this.#offsets[this.count] = offset;
    this.#places[this.count] = 0;
    this.#opened.push(this.count);
    this.#takePart(record);
    this.count += 1;
    this.open ??= { kind: 'move', n: this.#opened };
    return true;
  }

  /** The parts of one repository are consecutive. Its own folder is the last. */
  #takePart({ n, part }: ItemRecord): void {
    if (part === undefined) return;
    this.#openWhole ??= n;
    this.#wholes.set(n, this.#openWhole);
    if (part === 'last') this.#openWhole = undefined;
  }

  #done(record: DoneRecord): boolean {
    if (this.open?.kind !== 'move') return false;
    for (const n of this.open.n) this.#set(n, 'trash');
    for (const [n] of record.not) if (!this.#set(n, 'tree')) return false;
    for (const [path, mtimeNs] of record.left) this.folderTimesAfter.set(path, mtimeNs);
    this.open = undefined;
    this.#opened = [];
    return true;
  }

  #begin(batch: OpenBatch): boolean {
    if (this.open !== undefined || !batch.n.every((n) => this.#places[n] === 1)) return false;
    this.open = batch;
    return true;
  }

  #close(kind: OpenBatch['kind'], numbers: readonly number[], place: ItemLocation): boolean {
    if (this.open?.kind !== kind) return false;
    this.open = undefined;
    return numbers.every((n) => this.#set(n, place));
  }

  #set(n: number, place: ItemLocation): boolean {
    if (n >= this.count) return false;
    this.#places[n] = PLACES.indexOf(place);
    return true;
  }

  #grow(): void {
    const offsets = new Float64Array(this.#offsets.length * 2);
    offsets.set(this.#offsets);
    const places = new Uint8Array(this.#places.length * 2);
    places.set(this.#places);
    this.#offsets = offsets;
    this.#places = places;
  }
}

/**
 * @returns undefined without a journal, or without a complete line in it: nothing was begun
 * @throws RegsweepError `failed` if the journal is damaged or forged, `plan-refused` if it belongs
 *   to another tree or run
 */
export function readRun(state: SweepState, id: string): RunFile | undefined {
  const path = state.journalPath(id);
  if (!fs.existsSync(fsPath(path))) return undefined;
  const run = new RunFile(path);
  for (const [line, offset] of lines(path, run)) {
    const record = parseRecord(line);
    if (record === undefined || !run.take(record, offset)) {
      if (offset === 0 && isNewer(line)) {
        const why = 'a newer version of regsweep wrote it';
        throw damaged(path, why, 'use that version for this run; nothing was changed');
      }
      throw damaged(path, `regsweep didn’t write the line at byte ${offset}`);
    }
  }
  if (run.header === undefined) return undefined;
  checkHeader(run.header, state, id, path);
  return run;
}

/** @throws RegsweepError `failed` if the run has no journal; the errors of `readRun` */
export function readRunOrThrow(state: SweepState, id: string): RunFile {
  const run = readRun(state, id);
  if (run !== undefined) return run;
  throw new RegsweepError('failed', `run ${id} has no journal`, {
    path: state.journalPath(id),
    remedy: 'if the run was made with --state-dir, give the same folder again',
  });
}

/**
 * Compares the tree's id if the journal has one. Of the filesystem's id only the type is compared,
 * since names and numbers of disks may change at each boot.
 */
function checkHeader(header: RunRecord, state: SweepState, id: string, path: string): void {
  const { filesystemId, inode } = state.tree;
  const { store } = header;
  const sameType = typeOf(store.filesystemId) === typeOf(filesystemId);
  const sameId = store.tree === state.treeId || store.tree === undefined;
  const same = sameType && store.inode === inode && sameId;
  if (same && header.id === id) return;
  const run = `--run ${id}`;
  throw new RegsweepError(
    'plan-refused',
    `${printable(path)} belongs to another storage tree or run`,
    {
      path,
      remedy:
        'use it with the tree that it was made for; if this is a copy of that tree, restore from its ' +
        `trash with:\nregsweep trash restore ${printable(state.tree.rootDirectory)} ${run}`,
    },
  );
}

const typeOf = (filesystemId: string): string => filesystemId.split(':', 1)[0]!;

/** Yields complete lines with their offsets. Sets `run.size` and `run.torn`. */
function* lines(path: string, run: RunFile): Generator<[string, number]> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const fd = fs.openSync(fsPath(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!fs.fstatSync(fd).isFile()) throw damaged(path, 'it is not a regular file');
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const got = fs.readSync(fd, chunk, 0, CHUNK, run.size + rest.length);
      if (got === 0) break;
      const bytes = Buffer.concat([rest, chunk.subarray(0, got)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        yield [bytes.toString('utf8', start, end), run.size];
        run.size += end + 1 - start;
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
    run.torn = rest.length > 0;
  } finally {
    fs.closeSync(fd);
  }
}
