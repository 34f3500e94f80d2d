/** A deletion in place that can't be taken back at once: the next changing command ends it. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blobPath, layerPath, revisionPath, tagPath } from '../../src/storage/layout.js';
import { listRuns, pendingRecovery, recover } from '../../src/sweep/index.js';
import { clearanceFor, contentOf, digestOf, push, snapshot, write } from './helpers.js';
import { state, sweep, tree, useScene } from './scene.js';

useScene();

const options = { quarantine: false, inPlace: true, batchSize: 1 };
const asides = (): string[] =>
  Object.keys(snapshot(tree.v2)).filter((name) => name.includes('.regsweep-'));

type Call = 'linkSync' | 'unlinkSync' | 'renameSync' | 'rmdirSync' | 'fsyncSync';
interface Fault {
  readonly call: Call;
  readonly code?: string;
  /** Calls before it that succeed. */
  readonly after?: number;
  /** Only this call fails. */
  readonly once?: boolean;
}

/** Calls `work` while calls of `fs` in the tree fail. */
async function whileFailing<T>(faults: readonly Fault[], work: () => Promise<T> | T): Promise<T> {
  const spied = fs as unknown as Record<Call, (...args: unknown[]) => unknown>;
  const real = { ...spied };
  for (const { call, code = 'EIO', after = 0, once = false } of faults) {
    let count = 0;
    spied[call] = (...args: unknown[]) => {
      const isOurs = call === 'fsyncSync' || String(args[0]).startsWith('/proc/self/fd/');
      if (isOurs) count += 1;
      if (isOurs && count > after && !(once && count > after + 1)) {
        throw Object.assign(new Error(code), { code });
      }
      return real[call](...args);
    };
  }
  try {
    return await work();
  } finally {
    for (const { call } of faults) spied[call] = real[call];
  }
}

describe('a deletion in place that is not taken back', () => {
  it.each(['EIO', 'EPERM', 'EACCES'])(
    'on %s at its rollback is settled by the next command',
    async (code) => {
      const before = contentOf(tree.v2);
      const { clearance } = clearanceFor(tree, { failAt: 6 });
      await whileFailing([{ call: 'linkSync', code }], () => sweep({ clearance, options }));
      expect(asides()).not.toEqual([]);
      expect(pendingRecovery(state)).toEqual(['run-1']);
      recover(state);
      expect(contentOf(tree.v2)).toEqual(before);
      expect(listRuns(state)).toEqual([]);
    },
  );

  it.each(['EIO', 'EPERM', 'EACCES'])(
    'on %s at a recovery is settled by the one after',
    async (code) => {
      const before = contentOf(tree.v2);
      const { clearance } = clearanceFor(tree, { failAt: 6 });
      await whileFailing([{ call: 'linkSync', code }], async () => {
        await sweep({ clearance, options });
        try {
          recover(state);
        } catch {
          // A disk that fails ends the command.
        }
      });
      recover(state);
      expect(asides()).toEqual([]);
      expect(contentOf(tree.v2)).toEqual(before);
      expect(listRuns(state)).toEqual([]);
    },
  );
});

/** What refers to a deleted item is deleted too. */
function expectConsistent(before: Record<string, string>): void {
  expect(asides()).toEqual([]);
  expect(listRuns(state)).toEqual([]);
  const after = contentOf(tree.v2);
  for (const [name, text] of Object.entries(after)) expect(text).toBe(before[name]);
  const gone = order().map((name) => after[name] === undefined);
  expect(gone).toEqual([...gone].sort().reverse());
}

/** Files of the image that goes, in the order of their deletion. */
function order(): string[] {
  const [manifest, blob] = [digestOf('manifest of layer two'), digestOf('layer two')];
  return [
    `./${tagPath('team/gone', 'v1')}/current/link`,
    `./${revisionPath('team/gone', manifest)}/link`,
    `./${layerPath('team/gone', blob)}/link`,
    `./repositories/team/gone/_uploads/u-1/data`,
    `./${blobPath(manifest)}/data`,
    `./${blobPath(blob)}/data`,
  ];
}

describe('a fault during a deletion in place', () => {
  const calls = ['renameSync', 'unlinkSync', 'rmdirSync', 'fsyncSync', 'linkSync'] as const;
  const cases = calls.flatMap((call) =>
    [true, false].map((once) => ({ call, code: once ? 'EPERM' : 'EIO', once })),
  );
  it.each(cases)('$call: $code, once: $once, loses nothing', async ({ call, code, once }) => {
    for (const after of [0, 2, 5]) {
      const before = contentOf(tree.v2);
      await whileFailing([{ call, code, after, once }], async () => {
        try {
          await sweep({ options });
        } catch {
          // The journal could not be written.
        }
      });
      recover(state);
      expectConsistent(before);
      rebuild();
    }
  });

  it.each([1, 3, 4, 5])(
    'call %i of the deletion is the last: a recovery deletes nothing that was not begun',
    async (after) => {
      const before = contentOf(tree.v2);
      await whileFailing([{ call: 'linkSync' }], () => endedAt(after));
      recover(state);
      expectConsistent(before);
      const blob = `./${blobPath(digestOf('layer two'))}/data`;
      expect(contentOf(tree.v2)[blob]).toBe(before[blob]);
    },
  );

  it('is taken back at once on a disk without an inode for a second name', async () => {
    const before = contentOf(tree.v2);
    const { clearance } = clearanceFor(tree, { failAt: 6 });
    const fault = { call: 'linkSync', code: 'ENOSPC' } as const;
    const result = await whileFailing([fault], () => sweep({ clearance, options }));
    expect(result).toMatchObject({ state: 'rolled-back', conflicts: { count: 0 } });
    expect(contentOf(tree.v2)).toEqual(before);
    expect(pendingRecovery(state)).toEqual([]);
  });

  it('tells what is kept beside another file', async () => {
    const link = `${tagPath('team/gone', 'v1')}/current/link`;
    const { clearance } = clearanceFor(tree, { failAt: 6 });
    await whileFailing([{ call: 'linkSync' }], () => sweep({ clearance, options }));
    fs.writeFileSync(`${tree.v2}/${link}`, digestOf('pushed meanwhile'));
    const [run] = recover(state).runs;
    expect(run?.conflicts).toMatchObject([{ path: `${link}.regsweep-run-1` }]);
    expect(fs.readFileSync(`${tree.v2}/${link}`, 'utf8')).toBe(digestOf('pushed meanwhile'));
    expect(pendingRecovery(state)).toEqual([]);
  });
});

/** One batch, of which nothing is written any more after some deletions, as after a kill. */
async function endedAt(after: number): Promise<void> {
  const { fsyncSync, unlinkSync } = fs;
  const fail = (): never => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };
  let count = 0;
  fs.unlinkSync = (path) => {
    count += 1;
    fs.fsyncSync = fail;
    if (count > after) fail();
    unlinkSync(path);
  };
  try {
    await sweep({ options: { ...options, batchSize: 20 } });
  } catch {
    // The journal could not be written.
  } finally {
    Object.assign(fs, { fsyncSync, unlinkSync });
  }
}

function rebuild(): void {
  for (const name of fs.readdirSync(tree.v2)) {
    fs.rmSync(`${tree.v2}/${name}`, { recursive: true });
  }
  push(tree, 'team/app', 'v1', 'layer one');
  push(tree, 'team/gone', 'v1', 'layer two');
  write(tree, 'repositories/team/gone/_uploads/u-1/data', 'half a layer');
}
