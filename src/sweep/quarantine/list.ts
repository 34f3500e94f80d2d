/** Lists the quarantine's runs and items, for users and for the mark over tree and trash. */
import fs from 'node:fs';
import type { BootMoment } from '../../runtime/boot-clock.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { DiskReader } from '../../storage/disk-reader.js';
import { LINK } from '../../storage/layout.js';
import { fsPath } from '../../storage/names.js';
import { NotAFileError, type StorageReader } from '../../storage/port.js';
import { Allocation } from '../../util/disk/file-sizes.js';
import { RegsweepError } from '../../util/errors.js';
import { hasNoJournal, readRunOrProblem } from '../journal/damaged-runs.js';
import { salvageItems } from '../journal/items-from-paths.js';
import { type RunFile, readRunOrThrow } from '../journal/reader.js';
import type { ItemRecord, RunEnd, RunRecord } from '../journal/records.js';
import type { TrashItem } from '../model/types.js';
import { runIds, type SweepState } from '../state/state.js';
import { usageOf } from './usage.js';

/** Maximum size of a link in bytes. Every digest is shorter. */
const MAX_LINK = 256;

export interface RunSummary {
  readonly runId: string;
  /**
   * `unsettled`: interrupted; the next changing command recovers it. `no-journal`: its journal is
   * lost or in another `--state-dir`; it is restored by its paths. `damaged`: its journal can't be
   * used, see `problem`.
   */
  readonly state: RunEnd | 'unsettled' | 'no-journal' | 'damaged';
  readonly problem?: string;
  readonly command?: string;
  /** RFC 3339. */
  readonly startedAt?: string;
  /** RFC 3339. */
  readonly endedAt?: string;
  /** The same moment by the kernel's clock. */
  readonly ended?: BootMoment;
  /** Number of items in the trash. */
  readonly items: number;
  readonly purgedItems: number;
  /** Apparent size in bytes of the files in the trash. */
  readonly bytes: number;
  /** Allocated bytes that purging the run frees. */
  readonly diskBytes: number;
  /** Allocated bytes of the folders in the trash, which a purge frees too. */
  readonly folderDiskBytes: number;
}

/**
 * Lists all runs, the newest first, with those whose journal can't be used.
 * @param except the id of a run to leave out: reading a run takes time in proportion to its size
 */
export function listRuns(state: SweepState, except?: string): RunSummary[] {
  return runIds(state)
    .filter((id) => id !== except)
    .map((id) => summaryOf(state, id));
}

function summaryOf(state: SweepState, id: string): RunSummary {
  const file = readRunOrProblem(state, id);
  const there = fs.existsSync(fsPath(state.trashPath(id)));
  const { bytes, diskBytes, folderDiskBytes } = there ? usageOf(state, id) : new Allocation();
  const sizes = { bytes, diskBytes, folderDiskBytes };
  if (!(file instanceof RegsweepError) && (file === undefined || hasNoJournal(state, id))) {
    const items = there ? [...salvageItems(state, id)].length : 0;
    const startedAt = startOf(id);
    return {
      ...{ runId: id, state: 'no-journal', items, purgedItems: 0, ...sizes },
      ...(startedAt === undefined ? {} : { startedAt }),
    };
  }
  if (file instanceof RegsweepError) {
    const items = there ? [...salvageItems(state, id)].length : 0;
    const problem = file.message;
    return { runId: id, state: 'damaged', problem, items, purgedItems: 0, ...sizes };
  }
  const purgedItems = file.countIn('purged');
  const { command, startedAt } = file.header;
  const items = file.countIn('trash');
  return {
    runId: id,
    state: stateOf(file),
    command,
    startedAt,
    ...(file.endedAt === undefined ? {} : { endedAt: file.endedAt }),
    ...(file.endedClock === undefined ? {} : { ended: file.endedClock }),
    items,
    purgedItems,
    ...sizes,
  };
}

/** The start time in a run's id, in RFC 3339; undefined if the id contains none. */
function startOf(id: string): string | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(id);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const at = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  return Number.isNaN(Date.parse(at)) ? undefined : at;
}

const stateOf = (file: RunFile): RunSummary['state'] =>
  file.ended === undefined || file.open !== undefined || file.header.inPlace === true
    ? 'unsettled'
    : file.ended;

/** Items in the trash of one run, by its journal, in the order of the sweep. */
export function* trashItemsOf(state: SweepState, runId: string): Generator<TrashItem> {
  const file = readRunOrThrow(state, runId);
  for (const item of file.items(file.inTrash())) yield trashItem(runId, item);
}

/**
 * Items in the trash of a run whose journal can't be used, by the paths in the trash.
 * @param isSure a tag that can't be read is an error, since a decision depends on the items
 * @throws RegsweepError `facts-refused` for such a tag, with `isSure`
 */
export function* salvageable(
  state: SweepState,
  runId: string,
  isSure = false,
): Generator<TrashItem> {
  if (!fs.existsSync(fsPath(state.trashPath(runId)))) return;
  const reader = trashReader(state, runId);
  for (const item of salvageItems(state, runId)) {
    const digest = item.kind === 'tag' ? targetOf(reader, item.path, isSure) : undefined;
    yield trashItem(runId, digest === undefined ? item : { ...item, digest });
  }
}

/** The digest that a tag in the trash points to; undefined if its link is missing or invalid. */
function targetOf(reader: StorageReader, path: string, isSure: boolean): Digest | undefined {
  const link = `${path}/current/${LINK}`;
  try {
    const content = reader.read(link, MAX_LINK);
    return content && parseDigest(Buffer.from(content.bytes).toString('latin1'));
  } catch (cause) {
    if (!isSure || cause instanceof NotAFileError) return undefined;
    const why = `a tag in quarantine can't be read: ${(cause as Error).message}`;
    throw new RegsweepError('facts-refused', why, {
      path: link,
      cause,
      remedy: 'make it readable, or restore or purge its run first',
    });
  }
}

/** The items in a quarantined repository; any other item itself. */
export function* quarantinedPartsOf(
  state: SweepState,
  item: Pick<TrashItem, 'kind' | 'path' | 'digest' | 'repository'>,
  runId: string,
): Generator<TrashItem> {
  if (item.kind !== 'repository') yield { ...item, runId };
  else for (const part of salvageItems(state, runId, item.path)) yield trashItem(runId, part);
}

function trashItem(runId: string, { kind, path, ...item }: ItemRecord): TrashItem {
  const { digest, repository, tag } = item;
  return {
    runId,
    kind,
    path,
    ...(digest === undefined ? {} : { digest }),
    ...(repository === undefined ? {} : { repository }),
    ...(tag === undefined ? {} : { tag }),
  };
}

/**
 * Items in the trash of all runs, the newest run first. Reads the trash itself if a journal is
 * missing, damaged, or has an unfinished batch of moves.
 * @param counts whether to include a run, by the header of its journal
 * @param runs ids of the runs to include; by default all
 */
export function* trashItems(
  state: SweepState,
  counts: (run: RunRecord | undefined) => boolean = () => true,
  runs?: ReadonlySet<string>,
): Generator<TrashItem> {
  for (const id of runIds(state)) {
    if (runs?.has(id) === false) continue;
    const run = readRunOrProblem(state, id);
    const file = run instanceof RegsweepError ? undefined : run;
    if (!counts(file?.header)) continue;
    const isListed = file !== undefined && file.open?.kind !== 'move';
    yield* isListed ? trashItemsOf(state, id) : salvageable(state, id, true);
  }
}

/** Reads the trash of a run like a storage tree, since it has the same layout. */
export function trashReader(state: SweepState, runId: string): StorageReader {
  return new DiskReader(state.trashPath(runId));
}
