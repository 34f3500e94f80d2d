/** SIGKILL at the calls that change the disk, and again while recovering. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listRuns, openState, pendingRecovery, restoreItems } from '../../src/sweep/index.js';
import { needs } from '../harness/require.js';
import {
  clearanceFor,
  contentOf,
  makeRoot,
  push,
  removalOf,
  snapshot,
  treeOf,
  write,
} from './helpers.js';
import { runStep, type Step } from './steps.js';

const CALLS = ['mkdir', 'rename', 'fsync', 'rmdir', 'unlink', 'link'] as const;
type Call = (typeof CALLS)[number];

let folder: string;
let driver: string;
let template: string;

beforeAll(async () => {
  folder = makeRoot();
  driver = path.join(folder, 'driver.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'driver.ts')],
    outfile: driver,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  template = path.join(folder, 'template');
  const tree = treeOf(template);
  push(tree, 'team/app', 'v1', 'layer one');
  push(tree, 'team/gone', 'v1', 'layer two');
  write(tree, 'repositories/team/gone/_uploads/u-1/data', 'half a layer');
  fs.chmodSync(`${tree.v2}/repositories/team/gone`, 0o2750);
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

let count = 0;

/** A copy of the template on which `steps` ran to their end. */
async function prepare(steps: readonly Step[]): Promise<string> {
  count += 1;
  const root = path.join(folder, `root-${count}`);
  execFileSync('cp', ['-a', template, root]);
  for (const step of steps) await runStep(step, root);
  return root;
}

const strace = (root: string, step: Step, ...options: string[]) =>
  spawnSync('strace', ['-f', '-qq', ...options, process.execPath, driver, step, root], {
    encoding: 'utf8',
  });

/** Only the calls that are asked for stop the process then; strace 6.1 can't put in a signal so. */
const QUICK = '--seccomp-bpf';

/** @returns false when the call never came that often, so nothing was killed */
function killAt(root: string, step: Step, call: Call, when: number): boolean {
  const inject = `inject=${call}:signal=KILL:when=${when}`;
  const ended = strace(root, step, '-e', `trace=${call}`, '-e', inject, '-o', '/dev/null');
  return ended.status !== 0;
}

/** How often each call comes in an undisturbed step, in its main thread: strace counts by thread. */
async function callsOf(before: readonly Step[], step: Step): Promise<Record<Call, number>> {
  const out = path.join(folder, `trace-${step}`);
  strace(await prepare(before), step, QUICK, '-e', `trace=${CALLS.join(',')}`, '-o', out);
  const lines = fs.readFileSync(out, 'utf8').split('\n');
  const main = lines[0]!.split(' ')[0]!;
  const counted = CALLS.map((call) => [
    call,
    lines.filter((line) => new RegExp(`^${main} +${call}\\(`).test(line)).length,
  ]);
  return Object.fromEntries(counted);
}

const spread = (total: number, wanted: number): number[] => {
  const step = Math.max(1, total / wanted);
  const picked = Array.from(
    { length: Math.min(total, wanted) },
    (_, i) => 1 + Math.floor(i * step),
  );
  return [...new Set(picked)];
};

const live = (content: Record<string, string>) =>
  Object.entries(content).filter(
    ([name, text]) => name.includes('team/app') || text.endsWith('layer one'),
  );

/** After recovery: each file in exactly one place, and one command brings all back. */
async function expectWhole(root: string): Promise<void> {
  const tree = treeOf(root);
  const state = openState(tree);
  await runStep('recover', root);
  expect(pendingRecovery(state)).toEqual([]);
  const before = snapshotWithoutTimes(treeOf(template).v2);
  const trash = `${state.home}/runs/run-1/trash`;
  const held = fs.existsSync(trash) ? Object.keys(contentOf(trash)) : [];
  const names = [...Object.keys(contentOf(tree.v2)), ...held].sort();
  expect(names).toEqual(Object.keys(contentOf(treeOf(template).v2)).sort());
  const back = await restoreItems({
    tree,
    state,
    clearance: clearanceFor(tree).clearance,
    select: {},
  });
  expect(back).toMatchObject({ state: 'done', missing: [] });
  expect(snapshotWithoutTimes(tree.v2)).toEqual(before);
}

/** Recovery may leave a folder's time behind; files keep theirs. */
function snapshotWithoutTimes(where: string): Record<string, string> {
  const found = snapshot(where);
  for (const [name, text] of Object.entries(found)) {
    const fields = text.split(' ');
    if (fields[0]!.startsWith('4')) found[name] = fields.slice(0, 3).join(' ');
  }
  return found;
}

async function expectLiveWhole(root: string): Promise<void> {
  const tree = treeOf(root);
  const state = openState(tree);
  await runStep('recover', root);
  expect(pendingRecovery(state)).toEqual([]);
  const before = contentOf(treeOf(template).v2);
  expect(live(contentOf(tree.v2))).toEqual(live(before));
  await restoreItems({ tree, state, clearance: clearanceFor(tree).clearance, select: {} });
  for (const [name, content] of Object.entries(contentOf(tree.v2))) {
    expect(before[name]).toBe(content);
  }
}

/** Of a run in place nothing stays aside, and what is left refers to nothing that is gone. */
async function expectNothingAside(root: string): Promise<void> {
  await expectLiveWhole(root);
  const tree = treeOf(root);
  const names = Object.keys(snapshot(tree.v2));
  expect(names.filter((name) => name.includes('.regsweep-'))).toEqual([]);
  expect(listRuns(openState(tree))).toEqual([]);
  const gone = removalOf(treeOf(template), 'team/gone', 'v1', 'layer two')
    .filter(({ action }) => ['tag', 'revision', 'layer-link', 'blob'].includes(action.kind))
    .map(({ action }) => fs.existsSync(`${tree.v2}/${action.path}`));
  expect(gone).toEqual([...gone].sort());
}

describe('killed', needs('strace'), () => {
  const cases = [
    { step: 'sweep', before: [], check: expectWhole, each: 3 },
    { step: 'restore', before: ['sweep'], check: expectWhole, each: 3 },
    { step: 'purge', before: ['sweep'], check: expectLiveWhole, each: 3 },
    { step: 'delete', before: [], check: expectLiveWhole, each: 2 },
    { step: 'delete-in-place', before: [], check: expectNothingAside, each: 4 },
  ] as const;
  for (const { step, before, check, each } of cases) {
    it(`${step}: nothing is lost, whenever it comes`, { timeout: 300_000 }, async () => {
      const calls = await callsOf(before, step);
      for (const call of CALLS) {
        for (const when of spread(calls[call], each)) {
          const root = await prepare(before);
          expect(killAt(root, step, call, when), `${step} ${call} ${when}`).toBe(true);
          await check(root);
          fs.rmSync(root, { recursive: true });
        }
      }
    });
  }

  it.each(['EIO', 'EACCES', 'ENOSPC', 'EXDEV', 'EMFILE', 'a false success'])(
    '%s at any call loses nothing',
    { timeout: 300_000 },
    async (fault) => {
      const lie = fault === 'a false success';
      const effect = lie ? 'retval=0' : `error=${fault}`;
      for (const step of ['sweep', 'restore', 'delete-in-place'] as const) {
        for (const call of lie ? (['rename'] as const) : (['rename', 'mkdir', 'fsync'] as const)) {
          for (const when of ['2', '5+']) {
            const root = await prepare(step === 'restore' ? ['sweep'] : []);
            const inject = `inject=${call}:${effect}:when=${when}`;
            strace(root, step, QUICK, '-e', `trace=${call}`, '-e', inject, '-o', '/dev/null');
            await (step === 'delete-in-place' ? expectNothingAside(root) : expectWhole(root));
            fs.rmSync(root, { recursive: true });
          }
        }
      }
    },
  );

  it('a full table of files, whatever is opened then, loses nothing', {
    timeout: 300_000,
  }, async () => {
    const out = path.join(folder, 'trace-openat');
    const sample = await prepare([]);
    strace(sample, 'sweep', QUICK, '-y', '-e', 'trace=openat', '-o', out);
    const lines = fs.readFileSync(out, 'utf8').split('\n');
    const main = lines.filter((line) => line.startsWith(`${lines[0]!.split(' ')[0]} `));
    // By its descriptors the writer opens what it changes.
    const own = (line: string): boolean =>
      line.includes('"/proc/self/fd/') && line.includes(`${sample}/docker/`);
    const within = main.flatMap((line, i) => (own(line) ? i + 1 : []));
    expect(within.length).toBeGreaterThan(10);
    for (const at of spread(within.length, 40)) {
      const root = await prepare([]);
      const inject = `inject=openat:error=ENFILE:when=${within[at - 1]}`;
      strace(root, 'sweep', QUICK, '-e', 'trace=openat', '-e', inject, '-o', '/dev/null');
      await expectWhole(root);
      fs.rmSync(root, { recursive: true });
    }
  });

  it('recovery of a run in place: the next one ends it', { timeout: 300_000 }, async () => {
    for (const at of ['rename', 'unlink'] as const) {
      for (const call of ['fsync', 'link', 'unlink'] as const) {
        for (const when of [1, 3]) {
          const root = await prepare([]);
          expect(killAt(root, 'delete-in-place', at, 3)).toBe(true);
          killAt(root, 'recover', call, when);
          await expectNothingAside(root);
          fs.rmSync(root, { recursive: true });
        }
      }
    }
  });

  it('recovery itself: the next one ends it', { timeout: 300_000 }, async () => {
    for (const step of ['sweep', 'restore'] as const) {
      for (const call of ['fsync', 'unlink', 'rmdir'] as const) {
        for (const when of [1, 2, 3]) {
          const root = await prepare(step === 'restore' ? ['sweep'] : []);
          expect(killAt(root, step, 'rename', 4)).toBe(true);
          killAt(root, 'recover', call, when);
          await expectWhole(root);
          fs.rmSync(root, { recursive: true });
        }
      }
    }
  });
});
