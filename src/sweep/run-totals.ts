/** Totals of a running sweep, for its result and the audit log. */

import { Allocation } from '../util/disk/file-sizes.js';
import { messageOf, RegsweepError } from '../util/errors.js';
import { batchLines, type ItemEvent } from './audit-lines.js';
import { type DropOutcome, UnlinkedFiles } from './items/delete-items.js';
import { filesOf, type Intent, isFatal, moveErrorReason } from './items/move.js';
import type { PutBackOutcome } from './items/restore-items.js';
import { countKinds, type ItemRecord } from './journal/records.js';
import { CappedList, type Conflict, type KindCounts } from './model/types.js';
import type { AuditLog } from './state/audit.js';

/** Counts moved, deleted and restored items, and appends each to the audit log. */
export class RunTotals {
  readonly moved: KindCounts = {};
  /** Size of everything that was moved. */
  readonly size = new Allocation();
  /** Files that were deleted. */
  readonly gone = new UnlinkedFiles();
  readonly conflicts = new CappedList<Conflict>();
  /** Number of deleted items. */
  ended = 0;
  rolledBack = 0;
  /** The first error. */
  error: RegsweepError | undefined;

  constructor(
    private readonly run: string,
    private readonly audit: AuditLog | undefined,
  ) {}

  /** Sizes of the moved items. After a rollback in place: sizes of the deleted ones. */
  sizeLeft(isInPlace: boolean): Pick<Allocation, 'bytes' | 'diskBytes' | 'folderDiskBytes'> {
    if (!isInPlace || this.rolledBack === 0) return this.size;
    const { bytes, freed, folders } = this.gone;
    return { bytes, diskBytes: freed, folderDiskBytes: folders };
  }

  addMoved(moved: readonly Intent[]): void {
    for (const { item } of moved) {
      for (const seen of filesOf(item)) this.size.add(seen);
      for (const seen of item.seen) if (seen.type === 'directory') this.size.addFolder(seen);
    }
    const records = moved.map(({ record }) => record);
    countKinds(this.moved, records);
    const why = new Map(moved.map(({ item, record }) => [record.n, item.action.reason]));
    this.#log('moved', records, why);
  }

  addDropped({ dropped, failed }: DropOutcome): void {
    this.ended += dropped.filter(isWhole).length;
    for (const [item, reason] of failed) this.conflicts.add({ path: item.path, reason });
    this.#log('deleted', dropped);
  }

  addPutBack({ restored, conflicts, fatal }: PutBackOutcome): void {
    this.rolledBack += restored.filter(isWhole).length;
    countKinds(this.moved, restored, -1);
    for (const conflict of conflicts) this.conflicts.add(conflict);
    this.#log('rolled-back', restored);
    if (fatal !== undefined) this.fail(fatal);
  }

  /** @param stuck items that can't be put back now */
  addStuck(stuck: readonly Conflict[]): void {
    for (const conflict of stuck) this.conflicts.add(conflict);
  }

  fail(error: unknown): void {
    this.error ??=
      error instanceof RegsweepError
        ? error
        : new RegsweepError('failed', textOf(error), { cause: error });
  }

  /** Appends to the audit log. A failure ends the run later, but doesn't stop a rollback. */
  appendAudit(...lines: readonly Readonly<Record<string, unknown>>[]): void {
    try {
      this.audit?.append(...lines);
    } catch (error) {
      this.fail(error);
    }
  }

  #log(event: ItemEvent, records: readonly ItemRecord[], why?: ReadonlyMap<number, string>): void {
    if (records.length > 0) this.appendAudit(...batchLines(event, this.run, records, why));
  }
}

/** Counts a repository that was moved in parts once. */
const isWhole = ({ part }: ItemRecord): boolean => part !== 'inner';

const textOf = (error: unknown): string =>
  isFatal(error) ? `the disk failed: ${moveErrorReason(error)}` : messageOf(error);
