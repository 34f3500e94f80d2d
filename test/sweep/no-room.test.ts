/** A full disk on which regsweep never ran: its folder can't be created there. */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import { prepareState } from '../../src/sweep/index.js';
import { makeRoot } from './helpers.js';
import { root, tree, useScene } from './scene.js';

useScene();

it('names --state-dir, and needs nothing of that disk with it', () => {
  const elsewhere = `${makeRoot()}/state`;
  const real = fs.mkdirSync;
  const spied = fs as { mkdirSync: unknown };
  spied.mkdirSync = (path: string, ...rest: unknown[]) => {
    if (!String(path).startsWith(`${root}/`)) return (real as CallableFunction)(path, ...rest);
    throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  };
  try {
    expect(() => prepareState(tree)).toThrow(
      expect.objectContaining({
        message: `${root}/.regsweep can't be created: the disk is full`,
        remedy: expect.stringContaining('--state-dir'),
      }),
    );
    expect(prepareState(tree, elsewhere).base).toContain(elsewhere);
  } finally {
    spied.mkdirSync = real;
    fs.rmSync(elsewhere, { recursive: true, force: true });
  }
});
