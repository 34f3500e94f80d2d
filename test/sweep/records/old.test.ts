/**
 * Journals and an audit log as version 0.1.0 wrote them before `items` records: `old/journal-1`, and
 * `old/journal-2` with files put aside. All are of the removal in scene.ts.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tagPath } from '../../../src/storage/layout.js';
import { fsPath } from '../../../src/storage/names.js';
import type { StorageTree } from '../../../src/storage/port.js';
import {
  AuditLog,
  listRuns,
  openState,
  pendingRecovery,
  purgeItems,
  recover,
  restoreItems,
  type SweepState,
  trashItemsOf,
} from '../../../src/sweep/index.js';
import { clearanceFor, contentOf, makeRoot, treeOf } from '../helpers.js';
import { fillTree, sweepAll } from './scene.js';

const OLD = path.join(import.meta.dirname, 'old');

let root: string;
let tree: StorageTree;
let state: SweepState;
let before: Record<string, string>;
beforeEach(() => {
  root = makeRoot();
  tree = treeOf(root);
  fillTree(tree);
  before = contentOf(tree.v2);
  state = openState(tree);
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

/** The old journal as it would be of this tree and these files: with their inodes and owner. */
function adopted(name: string, { v2 }: StorageTree, trash: string): string {
  const inode = String(fs.statSync(v2, { bigint: true }).ino);
  const lines = fs.readFileSync(path.join(OLD, name), 'utf8').trimEnd().split('\n');
  const own = lines.map((line) => {
    const record = JSON.parse(line) as { t: string; path: string; store: object; ino: number };
    if (record.t === 'run') return JSON.stringify({ ...record, store: { ...record.store, inode } });
    const owner = { uid: process.getuid!(), gid: process.getgid!() };
    if (record.t === 'parent') return JSON.stringify({ ...record, ...owner });
    if (record.t !== 'item') return line;
    const stat = fs.lstatSync(fsPath(`${trash}/${record.path}`), { throwIfNoEntry: false });
    return JSON.stringify({ ...record, ino: stat?.ino ?? record.ino });
  });
  return `${own.join('\n')}\n`;
}

async function sweptByOld(): Promise<void> {
  await sweepAll(tree, state);
  const text = adopted('journal-1.jsonl', tree, state.trashPath('run-1'));
  fs.writeFileSync(state.journalPath('run-1'), text);
}

const restore = (select = {}) =>
  restoreItems({ tree, state, clearance: clearanceFor(tree).clearance, select });

describe('an old journal', () => {
  it('lists the same as a new one of the same run', async () => {
    await sweepAll(tree, state);
    const own = [...trashItemsOf(state, 'run-1')];
    const text = adopted('journal-1.jsonl', tree, state.trashPath('run-1'));
    fs.writeFileSync(state.journalPath('run-1'), text);
    expect([...trashItemsOf(state, 'run-1')]).toEqual(own);
    expect(own).toHaveLength(21);
    expect(listRuns(state)).toMatchObject([{ runId: 'run-1', state: 'done' }]);
  });

  it('is restored, and purged', async () => {
    await sweptByOld();
    expect(pendingRecovery(state)).toEqual([]);
    expect(await restore()).toMatchObject({ state: 'done', emptied: ['run-1'] });
    expect(contentOf(tree.v2)).toEqual(before);
    await sweptByOld();
    const clearance = clearanceFor(tree).clearance;
    const purged = await purgeItems({ tree, state, clearance, runs: ['run-1'] });
    expect(purged).toMatchObject({ state: 'done', emptied: ['run-1'] });
  });

  it('stays one that an old version reads, when some of it is restored', async () => {
    await sweptByOld();
    const journal = state.journalPath('run-1');
    const { size } = fs.statSync(journal);
    const paths = [`${tagPath('team/gone', 'v1')}/current/link`];
    expect(await restore({ paths, apart: true })).toMatchObject({ state: 'done' });
    const added = fs.readFileSync(journal, 'utf8').slice(size).trimEnd().split('\n');
    const types = added.map((line) => (JSON.parse(line) as { t: string }).t);
    expect([...new Set(types)].sort()).toEqual(['parent', 'restore', 'restored']);
  });

  it.each([
    ['in the last batch', '{"t":"done","not":[],"left":[["repositories/team"'],
    ['before its end', '{"t":"end"'],
  ])('is recovered if the run was killed %s', async (_, from) => {
    await sweptByOld();
    const journal = state.journalPath('run-1');
    const text = fs.readFileSync(journal, 'utf8');
    fs.writeFileSync(journal, text.slice(0, text.indexOf(from)));
    const [run] = recover(state).runs;
    expect(run).toMatchObject({ runId: 'run-1', lost: [] });
    expect(await restore()).toMatchObject({ state: 'done' });
    expect(contentOf(tree.v2)).toEqual(before);
  });

  it('is taken back if the run was killed in its own folders', async () => {
    const killed = `${root}-killed`;
    await sweepAll(tree, state, {
      options: { quarantine: false, inPlace: true, batchSize: 3 },
      unchanged: async () => void execFileSync('cp', ['-a', root, killed]),
    });
    try {
      const copy = treeOf(killed);
      const own = openState(copy);
      expect(contentOf(copy.v2)).not.toEqual(before);
      fs.writeFileSync(own.journalPath('run-1'), adopted('journal-2.jsonl', copy, copy.v2));
      expect(recover(own)).toMatchObject({ removed: ['run-1'], damaged: [] });
      expect(contentOf(copy.v2)).toEqual(before);
    } finally {
      fs.rmSync(killed, { recursive: true });
    }
  });
});

describe('an old audit log', () => {
  const log = (): AuditLog => new AuditLog(state.auditPath, state.auditAnchorPath);
  const text = fs.readFileSync(path.join(OLD, 'audit.jsonl'), 'utf8');
  const lines = text.split('\n').length - 1;
  beforeEach(() => {
    fs.mkdirSync(path.dirname(state.auditPath), { recursive: true, mode: 0o700 });
    fs.writeFileSync(state.auditPath, text);
  });

  it('is verified, and continued by new lines in the same chain', async () => {
    expect(log().verify()).toEqual({ ok: true, lines, torn: 0 });
    await sweepAll(tree, state);
    const { ok, lines: all } = log().verify();
    expect({ ok, grew: all > lines }).toEqual({ ok: true, grew: true });
    const one = log();
    one.rotate();
    one.close();
    expect(log().verify()).toMatchObject({ ok: true, lines: all + 1 });
  });

  it('shows a change in it, before and after it was continued', async () => {
    const change = (): void => {
      const now = fs.readFileSync(state.auditPath, 'utf8');
      fs.writeFileSync(state.auditPath, now.replace('"bytes":142', '"bytes":143'));
    };
    change();
    expect(log().verify()).toMatchObject({ ok: false, brokenAt: 3 });
    fs.writeFileSync(state.auditPath, text);
    await sweepAll(tree, state);
    change();
    expect(log().verify()).toMatchObject({ ok: false, brokenAt: 3 });
  });
});
