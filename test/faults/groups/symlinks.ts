/** Symbolic links: standing at every level of the tree, and swapped in while the sweep runs. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { execute, openState, recover, restoreItems } from '../../../src/sweep/index.js';
import { snapshot } from '../../harness/snapshot.js';
import { clearanceFor, treeOf as openTree, push, removalOf, write } from '../../sweep/helpers.js';
import { type Attack, attacks, linksOf } from '../attack.js';
import { type Case, everyNth, type Group } from '../engine.js';
import type { Lab } from '../lab.js';
import { makeTemplate } from '../store.js';

/** A folder or file of the tree, moved outside and linked to. */
export const symlinks: Group = {
  name: 'symlinks',
  full: 40,
  short: 4,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const links = linksOf(template);
    const dead = 'repositories/team/dead/_layers/sha256';
    const blob = [...template.tree.keys()].find(
      (name) => name.endsWith('/data') && !template.kept.includes(name),
    )!;
    const levels = new Set<string>([blob, ...Object.values(links), dead]);
    for (const name of [...levels]) {
      for (let at = path.dirname(name); at !== '.'; at = path.dirname(at)) levels.add(at);
    }
    const list = [...levels].sort().flatMap((place): Attack[] => [
      { name: `${place} lies elsewhere`, make: (v2, folder) => moveOut(v2, folder, place, false) },
      {
        name: `${place}, by a relative link`,
        make: (v2, folder) => moveOut(v2, folder, place, true),
      },
    ]);
    return attacks(lab, template, everyNth(list, count));
  },
};

function moveOut(v2: string, folder: string, place: string, relative: boolean): void {
  const target = `${folder}/outside/moved`;
  const from = `${v2}/${place}`;
  fs.renameSync(from, target);
  fs.symlinkSync(relative ? path.relative(path.dirname(from), target) : target, from);
}

/** Folders above what is swept, and of the trash. */
const PLACES = [
  'repositories',
  'repositories/team',
  'repositories/team/gone',
  'repositories/team/gone/_layers',
  'repositories/team/gone/_manifests',
  'repositories/team/gone/_manifests/revisions/sha256',
  'blobs',
  'blobs/sha256',
] as const;

interface Swapped {
  readonly swaps: number;
}

/**
 * One round: the executor on a small store while another process swaps `place` for a link to a
 * copy of it. Nothing in the copy may change, and everything of the store must be there still.
 */
async function round(lab: Lab, swapper: ChildProcess, place: string): Promise<number> {
  const folder = lab.fresh('memory', 'race');
  const tree = openTree(`${folder}/root`);
  push(tree, 'team/app', 'v1', 'layer one');
  push(tree, 'team/gone', 'v1', 'layer two');
  write(tree, 'repositories/team/gone/_uploads/u-1/data', 'half a layer');
  const items = removalOf(tree, 'team/gone', 'v1', 'layer two');
  const outside = `${folder}/outside`;
  fs.cpSync(`${tree.v2}/${place}`, outside, { recursive: true, preserveTimestamps: true });
  const precious = filesIn(outside);
  const before = filesIn(tree.v2);
  const state = openState(tree);
  const { clearance } = clearanceFor(tree);
  swapper.send({ place: `${tree.v2}/${place}`, outside });
  await once(swapper, 'message');
  const run = { tree, state, clearance, items, command: 'sweep', runId: 'run-1', planId: 'p' };
  await execute({ ...run, options: { quarantine: true, batchSize: 2 } }).catch(onlyRefused);
  swapper.send({ stop: true });
  const [{ swaps }] = (await once(swapper, 'message')) as [Swapped];
  same('outside', precious, filesIn(outside));
  recover(state);
  await restoreItems({ tree, state, clearance, select: {} });
  same('the tree', before, filesIn(tree.v2));
  fs.rmSync(folder, { recursive: true });
  return swaps > 0 ? 1 : 0;
}

const onlyRefused = (error: unknown): void => {
  const code = (error as { code?: string }).code ?? '';
  if (!['failed', 'ENOENT', 'ELOOP', 'ENOTDIR', 'ENOTMOVED'].includes(code)) throw error;
};

/** Files by name and content; times of folders change with each swap. */
function filesIn(folder: string): Map<string, string> {
  const all = [...snapshot(folder, { folderTimes: false })];
  return new Map(all.filter(([, text]) => text.startsWith('100')));
}

function same(what: string, before: Map<string, string>, after: Map<string, string>): void {
  const lost = [...before].filter(([name, text]) => after.get(name) !== text).map(([name]) => name);
  const extra = [...after.keys()].filter((name) => !before.has(name));
  if (lost.length + extra.length === 0) return;
  throw new Error(
    `${what}: lost ${lost.join(', ') || 'nothing'}; new ${extra.join(', ') || 'nothing'}`,
  );
}

export const raced: Group = {
  name: 'symlink-races',
  full: 1600,
  short: 80,
  alone: true,
  mustHit: false,
  async cases(lab, count) {
    const swapper = fork(path.join(import.meta.dirname, '../swapper.mjs'), { execArgv: [] });
    const last = count - 1;
    return Array.from({ length: count }, (_, i): Case => {
      const place = PLACES[i % PLACES.length]!;
      const run = async (): Promise<number> => {
        try {
          return await round(lab, swapper, place);
        } finally {
          if (i === last) swapper.disconnect();
        }
      };
      return { name: `${place}, round ${i}`, run };
    });
  },
};
