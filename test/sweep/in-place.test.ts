/** `--delete` without room for a quarantine: files are put aside in their own folders. */
import fs from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { blobPath, layerPath, revisionPath, tagPath } from '../../src/storage/layout.js';
import { pendingRecovery, recover } from '../../src/sweep/index.js';
import { Execution } from '../../src/sweep/run.js';
import { clearanceFor, contentOf, digestOf, removalOf, snapshot } from './helpers.js';
import { state, sweep, tree, useScene } from './scene.js';

useScene();

const options = { quarantine: false, inPlace: true, batchSize: 1 };
const asides = (): string[] =>
  Object.keys(snapshot(tree.v2)).filter((name) => name.includes('.regsweep-'));
const left = (): string[] => Object.keys(contentOf(tree.v2));

function expectNothingLeft(): void {
  expect(asides()).toEqual([]);
  const runs = `${state.base}/runs`;
  expect(fs.existsSync(runs) ? fs.readdirSync(runs) : []).toEqual([]);
}

describe('a deletion in place', () => {
  it('deletes the same as one with a trash, and makes no folder for it', async () => {
    const items = removalOf(tree, 'team/gone', 'v1', 'layer two');
    const seen: string[] = [];
    const result = await sweep({
      items,
      options,
      onMoved: (files) => seen.push(...files.map(({ ino }) => `${ino}`)),
      onAside: (files) => {
        for (const { ino } of files) seen.splice(seen.indexOf(`${ino}`), 1);
        expect(fs.existsSync(`${state.home}/runs/run-1/trash`)).toBe(false);
      },
    });
    expect(result).toMatchObject({ state: 'done', deleted: true, skipped: { count: 0 } });
    expect(result.ended).toBe(items.length);
    expect(result.conflicts.count).toBe(0);
    expect(left().filter((name) => name.includes('gone'))).toEqual([]);
    expect(fs.existsSync(`${tree.v2}/${blobPath(digestOf('layer two'))}`)).toBe(false);
    expect(left()).toHaveLength(6);
    expectNothingLeft();
  });

  it('hides everything before anything is deleted, what refers before what it refers to', async () => {
    const [manifest, blob] = [digestOf('manifest of layer two'), digestOf('layer two')];
    const files = [
      `${tagPath('team/gone', 'v1')}/current/link`,
      `${revisionPath('team/gone', manifest)}/link`,
      `${layerPath('team/gone', blob)}/link`,
      `${blobPath(manifest)}/data`,
      `${blobPath(blob)}/data`,
    ];
    const there = () => files.map((file) => fs.existsSync(`${tree.v2}/${file}`));
    const aside = () => files.map((file) => fs.existsSync(`${tree.v2}/${file}.regsweep-run-1`));
    const looks: boolean[][] = [];
    await sweep({
      options,
      clearance: clearanceFor(tree, { onRenew: () => looks.push(there()) }).clearance,
      unchanged: async () => {
        expect(there()).toEqual(files.map(() => false));
        expect(aside()).toEqual(files.map(() => true));
      },
    });
    const gone = looks.map((look) => look.filter((is) => !is).length);
    expect(gone).toEqual([...gone].sort((a, b) => a - b));
    for (const look of looks) expect(look).toEqual([...look].sort());
  });

  it.each([3, 6, 9])('gives all back when the evidence is lost at look %i', async (failAt) => {
    const before = snapshot(tree.v2);
    const { clearance } = clearanceFor(tree, { failAt });
    const result = await sweep({ clearance, options });
    expect(result).toMatchObject({ state: 'rolled-back', ended: 0, bytes: 0 });
    expect(withoutBlobFolders(snapshot(tree.v2))).toEqual(withoutBlobFolders(before));
    expectNothingLeft();
  });

  it('gives all back when files changed that it did not move', async () => {
    const before = contentOf(tree.v2);
    const { RegsweepError } = await import('../../src/util/errors.js');
    const unchanged = async () => {
      throw new RegsweepError('guard-refused', 'files changed during the run');
    };
    const result = await sweep({ unchanged, options });
    expect(result).toMatchObject({ state: 'rolled-back', ended: 0 });
    expect(contentOf(tree.v2)).toEqual(before);
    expectNothingLeft();
  });

  it('gives the rest back when the evidence is lost during the deletion', async () => {
    const before = contentOf(tree.v2);
    const { clearance } = clearanceFor(tree, { failAt: 13 });
    const result = await sweep({ clearance, options });
    expect(result.state).toBe('rolled-back');
    expect(result.ended).toBeGreaterThan(0);
    const blob = `./${blobPath(digestOf('layer two'))}/data`;
    expect(contentOf(tree.v2)[blob]).toBe(before[blob]);
    expect(left()).not.toContain(`./${tagPath('team/gone', 'v1')}/current/link`);
    expectNothingLeft();
  });

  it('gives all back on a signal', async () => {
    const before = contentOf(tree.v2);
    const abort = new AbortController();
    const { clearance } = clearanceFor(tree, { onRenew: (call) => call === 4 && abort.abort() });
    const result = await sweep({ clearance, options, signal: abort.signal });
    expect(result).toMatchObject({ state: 'interrupted', ended: 0 });
    expect(Object.values(result.moved).every((number) => number === 0)).toBe(true);
    expect(contentOf(tree.v2)).toEqual(before);
    expectNothingLeft();
  });

  it('never replaces what came into a place meanwhile', async () => {
    const blob = blobPath(digestOf('layer two'));
    const { clearance } = clearanceFor(tree, {
      failAt: 10,
      onRenew: (call) => {
        if (call === 10) fs.writeFileSync(`${tree.v2}/${blob}/data`, 'somebody else’s');
      },
    });
    const result = await sweep({ clearance, options });
    expect(result.conflicts.samples).toMatchObject([{ path: `${blob}/data.regsweep-run-1` }]);
    expect(fs.readFileSync(`${tree.v2}/${blob}/data`, 'utf8')).toBe('somebody else’s');
    expect(fs.readFileSync(`${tree.v2}/${blob}/data.regsweep-run-1`, 'utf8')).toBe('layer two');
  });

  it('deletes nothing that came into a folder of what it deletes', async () => {
    const blob = blobPath(digestOf('layer two'));
    const result = await sweep({
      options,
      unchanged: async () => fs.writeFileSync(`${tree.v2}/${blob}/data`, 'pushed again'),
    });
    expect(result.state).toBe('partial');
    expect(fs.readFileSync(`${tree.v2}/${blob}/data`, 'utf8')).toBe('pushed again');
    expectNothingLeft();
  });

  /** Everything is aside, nothing is deleted yet. */
  async function killBeforeDeletion(): Promise<void> {
    const stop = new Error('killed');
    const killed = sweep({
      options,
      unchanged: () => {
        vi.spyOn(Execution.prototype, 'takeBack').mockRejectedValueOnce(stop);
        throw stop;
      },
    });
    await expect(killed).rejects.toThrow('killed');
  }

  it('is brought back by a recovery where it was killed before the deletion', async () => {
    const before = contentOf(tree.v2);
    await killBeforeDeletion();
    expect(asides().length).toBeGreaterThan(0);
    expect(pendingRecovery(state)).toEqual(['run-1']);
    expect(recover(state)).toMatchObject({
      runs: [{ runId: 'run-1', lost: [] }],
      removed: ['run-1'],
    });
    expect(contentOf(tree.v2)).toEqual(before);
    expectNothingLeft();
  });

  it('is finished by a recovery where a power loss undid a part of the deletion', async () => {
    await killBeforeDeletion();
    const journal = state.journalPath('run-1');
    const records = fs.readFileSync(journal, 'utf8').trim().split('\n');
    const paths = records.map((line) => JSON.parse(line)).filter(({ t }) => t === 'item');
    const below = Object.keys(snapshot(tree.v2)).map((name) => name.replace('./', ''));
    const entries = paths.map(({ path }: { path: string }) => {
      return below.filter((name) => name === path || name.startsWith(`${path}/`)).length;
    });
    const n = entries.map((_, i) => i);
    fs.appendFileSync(journal, `${JSON.stringify({ t: 'purge', n, entries })}\n`);
    // Of two removals only the later one reached the disk.
    const blob = `${tree.v2}/${blobPath(digestOf('layer two'))}`;
    fs.unlinkSync(`${blob}/data.regsweep-run-1`);
    recover(state);
    const tag = `${tree.v2}/${tagPath('team/gone', 'v1')}/current/link`;
    expect(fs.existsSync(tag)).toBe(false);
    expect(
      left().filter((name) => /_layers|revisions|current/.test(name) && name.includes('gone')),
    ).toEqual([]);
    expectNothingLeft();
  });

  it('takes a run without room for its folders, when only deletion was asked for', async () => {
    fs.mkdirSync(state.home, { recursive: true, mode: 0o700 });
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    const real = fs.mkdirSync;
    const spied = fs as { mkdirSync: unknown };
    spied.mkdirSync = (path: string, ...rest: unknown[]) => {
      if (String(path).endsWith('/trash')) throw full;
      return (real as (...args: unknown[]) => unknown)(path, ...rest);
    };
    try {
      const kept = { quarantine: true };
      await expect(sweep({ runId: 'run-2', options: kept })).rejects.toThrow('full');
      const result = await sweep({ options: { quarantine: false } });
      expect(result.state).toBe('done');
    } finally {
      spied.mkdirSync = real;
    }
  });

  it('leaves nothing for a recovery after its end', async () => {
    await sweep({ options });
    expect(recover(state)).toMatchObject({ runs: [], removed: [], damaged: [] });
  });
});

/** Nothing asks for the times of a blob's own folder. */
function withoutBlobFolders(found: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(found).map(([name, text]) => {
      if (!/^\.\/blobs\/[^/]+\/[^/]+\/[^/]+$/.test(name)) return [name, text];
      return [name, text.split(' ').slice(0, 3).join(' ')];
    }),
  );
}
