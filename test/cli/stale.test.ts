/** What of a plan file no longer holds, where the file itself goes meanwhile. */
import { describe, expect, it } from 'vitest';
import { staleIn, staleLines } from '../../src/app/plan/file/stale-actions.js';
import type { PlanSource } from '../../src/app/plan/prepare/prepared.js';
import type { Action } from '../../src/plan/types.js';

const NOTHING = {
  ...{ blobs: 0, bytes: 0, diskBytes: 0, blobDiskBytes: 0, folderDiskBytes: 0 },
  byKind: {},
};
const action = (path: string): Action => ({ kind: 'upload', path, reason: 'old' });
const left = {
  header: { schemaVersion: 1, id: '', root: '', storage: {}, options: {} },
  totals: { ...NOTHING, actions: 0 },
  actions: Object.assign([], { dead: new Set<string>() }),
  facts: { tree: { v2: '/nowhere' } },
  marks: {},
} as never;

const source = (listed: () => AsyncIterable<Action>): Pick<PlanSource, 'totals' | 'listed'> => ({
  totals: { ...NOTHING, actions: 2 },
  listed,
});

describe('stale items', () => {
  it('are listed with their reason', async () => {
    const stale = await staleIn(
      source(async function* () {
        yield action('repositories/a/_uploads/1');
        yield action('repositories/a/_uploads/2');
      }),
      left,
      ['upload'],
    );
    expect(staleLines(stale)).toEqual([
      'stale actions skipped: 2',
      '  repositories/a/_uploads/1: is missing or changed',
      '  repositories/a/_uploads/2: is missing or changed',
    ]);
  });

  it('that can not be listed again are counted, and the reason is told', async () => {
    const stale = await staleIn(
      source(async function* () {
        yield action('repositories/a/_uploads/1');
        throw new Error('EIO: i/o error, read');
      }),
      left,
      ['upload'],
    );
    expect(stale).toMatchObject({ count: 2, samples: [{ reason: 'is missing or changed' }] });
    expect(staleLines(stale)).toEqual([
      'stale actions skipped: 2',
      '  repositories/a/_uploads/1: is missing or changed',
      '  … and 1 more',
      "  the list is incomplete, because the plan can't be read again: EIO: i/o error, read",
    ]);
  });
});
