/** Each part of a tree is looked at twice, and at a distance. */
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, sameFingerprint } from '../../src/guard/fingerprint/fingerprint.js';
import { TaskQueue, VisitTimes } from '../../src/guard/fingerprint/quiet-window.js';
import type { WalkTask } from '../../src/guard/fingerprint/walk.js';
import type { StorageTree } from '../../src/storage/port.js';
import { makeTree, removeTree } from './support.js';

const tasks = (...paths: string[]): WalkTask[] => paths.map((at) => ({ path: at, uploads: false }));
const paths = (given: readonly WalkTask[]): string[] => given.map((task) => task.path);

function earlier(): VisitTimes {
  const looked = new VisitTimes();
  looked.firstDone(10);
  looked.done(tasks('/t/a', '/t/b'), 20);
  looked.done(tasks('/t/a/deep/x'), 30);
  return looked;
}

describe('what was looked at when', () => {
  it('counts a folder as seen once all beneath it was', () => {
    const looked = earlier();
    expect(['/t/a', '/t/b', '/t/a/deep/x'].map((at) => looked.seenAt(at))).toEqual([30, 20, 30]);
    expect([...looked.parts].sort()).toEqual(['/t/a', '/t/a/deep/x', '/t/b']);
  });

  it('takes the end of it all for what it was not asked about', () => {
    expect(earlier().seenAt('/t/new')).toBe(30);
    expect(earlier().firstAt).toBe(10);
  });
});

describe('the line', () => {
  it('gives out nothing before its time', () => {
    const line = new TaskQueue({ from: earlier(), ms: 100 });
    line.add(tasks('/t/new', '/t/a', '/t/b'));
    expect([line.nextDue, line.isEmpty]).toEqual([120, false]);
    expect(paths(line.share(1, 9, 119.9))).toEqual([]);
    expect(paths(line.share(1, 9, 120))).toEqual(['/t/b']);
    expect(paths(line.share(1, 9, 129))).toEqual([]);
    expect(paths(line.share(1, 9, 130)).sort()).toEqual(['/t/a', '/t/new']);
    expect([line.nextDue, line.isEmpty]).toEqual([undefined, true]);
  });

  it('gives out at once what is left of a folder whose time had come', () => {
    const line = new TaskQueue({ from: earlier(), ms: 100 });
    line.more(tasks('/t/b/rest'));
    expect(paths(line.share(1, 9, 0))).toEqual(['/t/b/rest']);
  });

  it('gives out shares', () => {
    const line = new TaskQueue(undefined);
    line.add(tasks('a', 'b', 'c', 'd', 'e'));
    expect(line.share(2, 9, 0)).toHaveLength(3);
    expect(line.share(1, 1, 0)).toHaveLength(1);
  });
});

describe('two fingerprints at a distance', () => {
  let tree: StorageTree;
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(() => removeTree(tree));

  it('see the same tree, the second no sooner than the window allows', async () => {
    const { v2 } = tree;
    for (let folder = 0; folder < 60; folder++) {
      const below = `${v2}/repositories/team/app-${folder}`;
      fs.mkdirSync(below, { recursive: true });
      for (let file = 0; file < 100; file++) fs.writeFileSync(`${below}/${file}`, '');
    }
    const before = await fingerprint(tree, 2, { inline: 100 });
    expect(before.visited.parts.size).toBeGreaterThan(0);
    const after = await fingerprint(tree, 2, { pace: { from: before.visited, ms: 700 } });
    expect(sameFingerprint(before, after, false)).toBe(true);
    expect(after.visited.firstAt - before.visited.firstAt).toBeGreaterThanOrEqual(700);
    for (const part of after.visited.parts) {
      const distance = after.visited.seenAt(part) - before.visited.seenAt(part);
      expect(distance).toBeGreaterThanOrEqual(700);
    }
    fs.writeFileSync(`${v2}/repositories/team/app-7/late`, '');
    const changed = await fingerprint(tree, 2, { pace: { from: after.visited, ms: 0 } });
    expect(sameFingerprint(after, changed, false)).toBe(false);
  });
});
