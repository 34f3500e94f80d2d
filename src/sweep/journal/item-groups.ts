/**
 * The short form of items in a journal. One `items` record lists consecutive items of one kind, so
 * that their paths follow from their names:
 *
 *   {"t":"items","n":7,"kind":"layer-link","alg":"sha256","dev":64769,
 *    "of":["team/app",[<digest>,<inode>,<bytes>],[<digest>,<inode>,<bytes>,<disk>],"team/web",…]}
 *
 * `n` is the number of the first item. A text in `of` is the repository of the items after it. A
 * digest is written in base64url. `disk` is left out if it is `bytes` in full blocks. A tag has its
 * name in place of the digest, then perhaps the digest of its manifest. An item that doesn't fit
 * this form exactly has an `item` record.
 */
import { fitsKind, isSafePath, pathFromNames } from '../../plan/file/action-paths.js';
import { algorithmOf, hexOf, parseDigest } from '../../storage/digest.js';
import type { GroupEntry as Entry, ItemRecord, ItemsRecord, JournalRecord } from './records.js';

type Shared = Omit<ItemsRecord, 't' | 'n' | 'of'>;

/** Maximum number of items of a group, since one item is read with all of its group. */
const LARGEST = 250;
const BLOCK = 4096;

const fullBlocks = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK;

/** Groups consecutive items. Keeps their order. */
export function groupItems(items: readonly ItemRecord[]): (ItemRecord | ItemsRecord)[] {
  const records: (ItemRecord | ItemsRecord)[] = [];
  let group: { key: string; of: (string | Entry)[] } | undefined;
  let before: ItemRecord | undefined;
  for (const item of items) {
    const { n, repository } = item;
    const short = shorten(item);
    const key = JSON.stringify([short?.shared, repository === undefined]);
    const isNext = n === (before?.n ?? 0) + 1 && key === group?.key && group.of.length < LARGEST;
    if (!isNext) group = undefined;
    if (short === undefined) records.push(item);
    else {
      const of = group?.of ?? [];
      if (repository !== undefined && (group === undefined || repository !== before?.repository)) {
        of.push(repository);
      }
      of.push(short.entry);
      if (group === undefined) records.push({ t: 'items', n, ...short.shared, of });
      group = { key, of };
    }
    before = item;
  }
  return records;
}

/** @returns undefined if the short form would lose something of the item */
function shorten(item: ItemRecord): { shared: Shared; entry: Entry } | undefined {
  const { kind, tag, dev, ino, bytes, disk, path } = item;
  const digest = item.digest === undefined ? undefined : parseDigest(item.digest);
  const alg = digest === undefined ? undefined : algorithmOf(digest);
  const hash = digest === undefined ? undefined : toShort(hexOf(digest));
  const isTag = kind === 'tag';
  const isFolder = kind === 'empty-directory';
  const slash = path.lastIndexOf('/');
  const shared: Shared = {
    kind,
    ...(tag === undefined || isTag ? {} : { tag }),
    ...(alg === undefined ? {} : { alg }),
    ...(isFolder ? { in: path.slice(0, slash) } : {}),
    dev,
  };
  const name = isTag ? tag : isFolder ? path.slice(slash + 1) : hash;
  if (name === undefined) return undefined;
  const more =
    isTag && hash !== undefined ? [disk, hash] : disk === fullBlocks(bytes) ? [] : [disk];
  const entry = [name, ino, bytes, ...more] as unknown as Entry;
  const again = itemOf(shared, item.repository, entry, item.n);
  return again !== undefined && isSame(again, item) ? { shared, entry } : undefined;
}

const FIELDS = ['kind', 'path', 'digest', 'repository', 'tag', 'part', 'disk'] as const;

const isSame = (a: ItemRecord, b: ItemRecord): boolean => FIELDS.every((key) => a[key] === b[key]);

/** @returns the items of a group; undefined if regsweep would not have written it */
export function itemsOf({ n, of, ...shared }: ItemsRecord): ItemRecord[] | undefined {
  const items: ItemRecord[] = [];
  let repository: string | undefined;
  for (const entry of of) {
    if (typeof entry === 'string') {
      repository = entry;
      continue;
    }
    const item = itemOf(shared, repository, entry, n + items.length);
    if (item === undefined || !isSafePath(item.path) || !fitsKind(item.kind, item.path)) {
      return undefined;
    }
    items.push(item);
  }
  return items.length === 0 ? undefined : items;
}

/** The items that a record names. */
export function itemsIn(record: JournalRecord | undefined): readonly ItemRecord[] {
  if (record?.t === 'item') return [record];
  return record?.t === 'items' ? (itemsOf(record) ?? []) : [];
}

function itemOf(
  shared: Shared,
  repository: string | undefined,
  entry: Entry,
  n: number,
): ItemRecord | undefined {
  const { kind, dev, alg } = shared;
  const [name, ino, bytes, disk = fullBlocks(bytes), hash] = entry;
  if ((kind === 'empty-directory') !== (shared.in !== undefined)) return undefined;
  const isTag = kind === 'tag';
  const short = isTag ? hash : alg === undefined ? undefined : name;
  const digest = short === undefined ? undefined : fromShort(alg, short);
  if (short !== undefined && digest === undefined) return undefined;
  const tag = isTag ? name : shared.tag;
  const names = {
    ...(digest === undefined ? {} : { digest }),
    ...(repository === undefined ? {} : { repository }),
    ...(tag === undefined ? {} : { tag }),
  };
  const path = shared.in === undefined ? pathFromNames({ kind, ...names }) : `${shared.in}/${name}`;
  if (path === undefined) return undefined;
  return { t: 'item', n, kind, path, ...names, dev, ino, bytes, disk };
}

const toShort = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');

function fromShort(alg: string | undefined, text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url');
  const isExact = bytes.toString('base64url') === text;
  return isExact ? parseDigest(`${alg}:${bytes.toString('hex')}`) : undefined;
}
