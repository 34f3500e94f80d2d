/** Reads items of a journal again, by their numbers. */
import fs from 'node:fs';
import { fsPath, printable } from '../../storage/names.js';
import { RegsweepError } from '../../util/errors.js';
import { itemsIn } from './item-groups.js';
import { type ItemRecord, parseRecord } from './records.js';

/**
 * @param offsetOf offset of the line that contains an item
 * @throws RegsweepError if the file has changed
 */
export function* readItems(
  path: string,
  numbers: Iterable<number>,
  offsetOf: (n: number) => number,
): Generator<ItemRecord> {
  const fd = fs.openSync(fsPath(path), 'r');
  try {
    let offset: number | undefined;
    let items: readonly ItemRecord[] = [];
    for (const n of numbers) {
      if (offset !== offsetOf(n)) {
        offset = offsetOf(n);
        items = itemsAt(fd, offset);
      }
      const item = items[n - (items[0]?.n ?? 0)];
      if (item?.n !== n) throw damaged(path, 'it changed while it was read');
      yield item;
    }
  } finally {
    fs.closeSync(fd);
  }
}

function itemsAt(fd: number, offset: number): readonly ItemRecord[] {
  for (let length = 4096; ; length *= 4) {
    const bytes = Buffer.allocUnsafe(length);
    const got = fs.readSync(fd, bytes, 0, length, offset);
    const end = bytes.subarray(0, got).indexOf(10);
    if (end < 0 && got === length) continue;
    return itemsIn(parseRecord(bytes.toString('utf8', 0, Math.max(end, 0))));
  }
}

export function damaged(
  path: string,
  why: string,
  remedy = 'check the run folder; the files in its trash were not changed',
): RegsweepError {
  const message = `the journal ${printable(path)} can't be used: ${why}`;
  return new RegsweepError('failed', message, { path, remedy });
}
