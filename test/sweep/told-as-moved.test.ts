/** What was moved is told as moved, whichever call fails after the rename. */
import fs from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { StorageWriter } from '../../src/storage/writer/writer.js';
import { recover, restoreItems } from '../../src/sweep/index.js';
import { clearanceFor, itemsOf, snapshot } from './helpers.js';
import { state, sweep, tree, useScene } from './scene.js';

useScene();
afterEach(() => vi.restoreAllMocks());

const failure = (code: string) => Object.assign(new Error(`${code}: not now`), { code });

const emptyFolder = (): { folder: string; before: object } => {
  const folder = 'repositories/team/app/_uploads';
  fs.mkdirSync(`${tree.v2}/${folder}`, { recursive: true });
  return { folder, before: snapshot(tree.v2) };
};

/** After the next move, the first calls in the trash fail. */
function failInTrash(method: 'names' | 'lstat', code: string, times = 1): void {
  const real = StorageWriter.prototype[method] as (rel: string) => unknown;
  let left = times;
  let moved = false;
  const realMove = StorageWriter.prototype.move;
  vi.spyOn(StorageWriter.prototype, 'move').mockImplementation(function (
    this: StorageWriter,
    ...args
  ) {
    const done = realMove.apply(this, args);
    moved = true;
    return done;
  });
  function failing(this: StorageWriter, rel: string): unknown {
    if (moved && left > 0 && this.path.includes('/trash')) {
      left -= 1;
      throw failure(code);
    }
    return real.call(this, rel);
  }
  vi.spyOn(StorageWriter.prototype, method).mockImplementation(failing as never);
}

async function restored(before: object): Promise<void> {
  vi.restoreAllMocks();
  recover(state);
  const { clearance } = clearanceFor(tree);
  const back = await restoreItems({ tree, state, clearance, select: {} });
  expect(back.conflicts.count).toBe(0);
  expect(snapshot(tree.v2)).toEqual(before);
}

for (const code of ['EACCES', 'EIO'])
  it(`a folder that can't be read in the trash is put back at once: ${code}`, async () => {
    const { folder, before } = emptyFolder();
    failInTrash('names', code);
    const result = await sweep({ items: itemsOf(tree, [['empty-directory', folder]]) });
    expect(result.moved).toEqual({});
    expect(Object.keys(snapshot(tree.v2))).toEqual(Object.keys(before));
    expect(fs.existsSync(`${state.home}/runs/run-1`)).toBe(false);
  });

for (const [code, state] of [
  ['EACCES', 'done'],
  ['EIO', 'partial'],
] as const)
  it(`an item that is in the trash is told as moved: ${code} after its rename`, async () => {
    const { before } = emptyFolder();
    const realMove = StorageWriter.prototype.move;
    vi.spyOn(StorageWriter.prototype, 'move').mockImplementation(function (
      this: StorageWriter,
      ...args
    ) {
      realMove.apply(this, args);
      throw failure(code);
    });
    const result = await sweep();
    expect(result.state).toBe(state);
    await restored(before);
  });

it('an item of which even that can’t be read leaves its batch open', async () => {
  const { before } = emptyFolder();
  const realMove = StorageWriter.prototype.move;
  vi.spyOn(StorageWriter.prototype, 'move').mockImplementationOnce(function (
    this: StorageWriter,
    ...args
  ) {
    realMove.apply(this, args);
    failInTrash('lstat', 'EIO', 2);
    throw failure('EIO');
  });
  const result = await sweep();
  expect(result.state).toBe('partial');
  await restored(before);
});
