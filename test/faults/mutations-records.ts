/** Mistakes in the short forms of the journal and the audit log. */

import { type Mutation, vitest } from './checks.js';

const RECORDS = vitest('test/sweep/records');

export const RECORD_MUTATIONS: readonly Mutation[] = [
  {
    what: 'an item is written in the short form although that loses something of it',
    file: 'sweep/journal/item-groups.ts',
    find: 'again !== undefined && isSame(again, item)',
    replace: 'again !== undefined',
    noticedBy: RECORDS,
  },
  {
    what: 'names in a forged journal lead out of the tree',
    file: 'sweep/journal/item-groups.ts',
    find: '!isSafePath(item.path) || ',
    replace: '',
    noticedBy: RECORDS,
  },
  {
    what: 'a digest in a journal may be followed by anything',
    file: 'sweep/journal/item-groups.ts',
    find: 'return isExact ?',
    replace: 'return isExact || true ?',
    noticedBy: RECORDS,
  },
  {
    what: 'all items of a group have the number of the first',
    file: 'sweep/journal/item-groups.ts',
    find: 'n + items.length',
    replace: 'n',
    noticedBy: RECORDS,
  },
  {
    what: 'the audit log leaves out a path that does not follow from other names',
    file: 'sweep/audit-lines.ts',
    find: 'path: follows ? undefined : path',
    replace: 'path: undefined',
    noticedBy: RECORDS,
  },
  {
    what: 'a line of the audit log may have the hash of another line',
    file: 'sweep/state/audit-chain.ts',
    find: 'record.prev !== this.#expected',
    replace: "typeof record.prev !== 'string'",
    noticedBy: RECORDS,
  },
  {
    what: 'a restore writes records into an old journal that its own version can’t read',
    file: 'sweep/journal/writer.ts',
    find: 'items.length === 0 ? parents : groupFolders(parents)',
    replace: 'groupFolders(parents)',
    noticedBy: RECORDS,
  },
  {
    what: 'an item whose move has failed after the rename is told as not moved',
    file: 'sweep/items/move.ts',
    find: 'if (!isInTrash(store, intent.record)) return reason;',
    replace: 'if (!isInTrash(store, intent.record) || fatal !== undefined) return reason;',
    noticedBy: vitest('test/sweep/told-as-moved.test.ts'),
  },
];
