/**
 * Random stores and random sequences of what clients and administrators do, through the real
 * command line in this process, with a guard that holds. `REGSWEEP_SEEDS=n` sets how many, and
 * `REGSWEEP_SEED=n` (with `REGSWEEP_PATH=p` for the one that failed) replays them.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { dyingAt } from './dying.js';
import { type Wanted, wantedByQuarantine } from './quarantine.js';
import { filesIn, ModelStore, REPOSITORIES, storedAt, TAGS } from './store.js';

vi.mock('../../src/guard/index.js', async (original) => {
  const verdict = { state: 'stopped', evidence: [], registries: [], caches: [] };
  return {
    ...(await original<object>()),
    acquireLock: async () => ({ release: async () => {} }),
    inspect: async () => verdict,
    assertUnchangedSince: async () => {},
    watchTree: async (tree: unknown) => {
      const renew = async (): Promise<number> => Date.now();
      const clearance = { tree, state: 'stopped', verdict, uploadsMovable: true, renew };
      return { isSame: false, clear: async () => clearance };
    },
  };
});

// What was written within this second is young by its ctime.
const CACHE = ['--cache', 'inmemory'];
const SELECT = ['--age-by', 'mtime', '--min-age', '0s', '--max-delete', '100%', '--allow-shrunk'];
const COMMANDS = {
  plan: ['plan', ...SELECT],
  sweep: ['sweep', '--yes', ...SELECT],
  'sweep -m': ['sweep', '--yes', '-m', ...SELECT],
  'sweep -m --delete': ['sweep', '--yes', '-m', '--delete', ...CACHE, ...SELECT],
  tidy: ['tidy', '--yes', ...SELECT],
  restore: ['trash', 'restore', '--yes'],
  purge: ['trash', 'purge', '--yes', '--min-age', '0s', ...CACHE],
} as const;
type Command = keyof typeof COMMANDS;

const CLIENTS = ['push', 'push untagged', 'push again', 'delete', 'orphan', 'upload'] as const;
const ENDING: readonly Command[] = ['purge', 'sweep -m --delete'];

interface Step {
  readonly does: (typeof CLIENTS)[number] | Command;
  readonly seed: number;
  /** Dies at this change; undefined lives. */
  readonly dies: number | undefined;
}

const step: fc.Arbitrary<Step> = fc.record({
  does: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...CLIENTS) },
    { weight: 5, arbitrary: fc.constantFrom(...(Object.keys(COMMANDS) as Command[])) },
  ),
  seed: fc.nat(1_000_000),
  dies: fc.option(fc.integer({ min: 1, max: 160 }), { freq: 3, nil: undefined }),
});

async function regsweep(root: string, command: Command): Promise<number> {
  const [first, ...flags] = COMMANDS[command];
  const words =
    first === 'trash' ? [first, flags[0]!, root, ...flags.slice(1)] : [first, root, ...flags];
  const answer = (_: unknown, ...rest: unknown[]): boolean => {
    const done = rest.find((one) => typeof one === 'function') as (() => void) | undefined;
    done?.();
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(answer as never),
  );
  try {
    return await main([...words, '--quiet', '--format', 'json']);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const CLIENTS_DO: Readonly<
  Record<(typeof CLIENTS)[number], (store: ModelStore, random: Random, repository: string) => void>
> = {
  push: (store, random, repository) => store.push(random, repository, random.pick(TAGS)),
  'push untagged': (store, random, repository) => store.push(random, repository, undefined),
  'push again': (store, random) => store.pushAgain(random, random.pick(TAGS)),
  delete: (store, random) => store.remove(random),
  orphan: (store, random, repository) => store.orphan(random, repository),
  upload: (store, random, repository) => store.upload(random, repository),
};

function clientDoes(store: ModelStore, does: (typeof CLIENTS)[number], seed: number): void {
  const random = new Random(seed);
  CLIENTS_DO[does](store, random, random.pick(REPOSITORIES));
}

function runsIn({ root }: ModelStore): string[] {
  const runs = `${root}/.regsweep/runs`;
  return fs.existsSync(runs) ? fs.readdirSync(runs).map((id) => `${runs}/${id}`) : [];
}

/** Files of the tree and of every run in quarantine. */
function everywhere(store: ModelStore): Map<string, string> {
  const trash = runsIn(store).flatMap((folder) => [...filesIn(`${folder}/trash`)]);
  return new Map([...trash, ...filesIn(store.v2)]);
}

const isCommand = (does: Step['does']): does is Command => Object.hasOwn(COMMANDS, does);

/** How often each command ended how: a test whose sweeps are all refused proves nothing. */
const endings = new Map<string, number>();
const count = (name: string): void => void endings.set(name, (endings.get(name) ?? 0) + 1);

async function take(store: ModelStore, each: Step): Promise<void> {
  if (!isCommand(each.does)) {
    clientDoes(store, each.does, each.seed);
    return;
  }
  const command = each.does;
  let code = 0;
  const { garbage } = oracle(store.root, command !== 'sweep');
  const claimable = runsIn(store).length > 0 ? store.otherwiseNamed() : new Set();
  const wanted = command === 'sweep -m --delete' ? wantedByQuarantine(store.root) : undefined;
  const there = everywhere(store);
  const run = async (): Promise<void> => {
    code = await regsweep(store.root, command);
  };
  const died = await dyingAt(each.dies ?? Number.POSITIVE_INFINITY, run);
  count(died ? `${command}: died` : `${command}: ${code}`);
  if (wanted !== undefined) expectStillThere(wanted, there, everywhere(store));
  if (ENDING.includes(command)) {
    if (died) store.forgetHalfPurged(everywhere(store));
    else store.forgetPurged(everywhere(store));
  }
  // 13: there is not one manifest, or a fifth of the tree is gone.
  if (!died) expect([0, 3, 13], `${command} ended with ${code}`).toContain(code);
  if (died || code !== 0 || !command.startsWith('sweep')) return;
  // Nothing less than what was garbage when the sweep began: what an index lists is read as a
  // manifest, and keeps what it names until the sweep after the one that takes the index.
  const still = new Set(oracle(store.root, command !== 'sweep').garbage);
  // And what is deleted for good leaves what a quarantined run needs.
  const left = garbage.filter(
    (digest) => still.has(digest) && !claimable.has(digest) && !wanted?.neededOrThere.has(digest),
  );
  expect({ after: each, left }).toEqual({ after: each, left: [] });
}

/** Of what a quarantined image needs, nothing has ended for good. */
function expectStillThere(
  { needed }: Wanted,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): void {
  const ended = [...needed].map(storedAt).filter((path) => before.has(path) && !after.has(path));
  expect(ended).toEqual([]);
}

/** Where an fsync costs nothing: what it is good for is not tested here. */
const MEMORY = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

async function play(steps: readonly Step[]): Promise<void> {
  const root = fs.mkdtempSync(path.join(MEMORY, 'regsweep-model-'));
  const store = new ModelStore(root);
  try {
    for (const each of steps) {
      await take(store, each);
      expect({ after: each, unpullable: store.unpullable() }).toEqual({
        after: each,
        unpullable: [],
      });
      expect({ after: each, lost: store.lost(everywhere(store)) }).toEqual({
        after: each,
        lost: [],
      });
    }
    await restoreAll(store);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

/** One command, whatever happened before: all that isn't purged is in the tree again. */
async function restoreAll(store: ModelStore): Promise<void> {
  const code = await regsweep(store.root, 'restore');
  expect([0, 3], `restore ended with ${code}`).toContain(code);
  expect(store.unpullable()).toEqual([]);
  expect(store.lost(filesIn(store.v2))).toEqual([]);
}

const runs = Number(process.env.REGSWEEP_SEEDS ?? 200);
/** The same sequences each time; `now` tries new ones. */
const replayed = process.env.REGSWEEP_SEED ?? '20261122';
const replayedPath = process.env.REGSWEEP_PATH;

it('whatever clients and administrators do, what is tagged can be pulled', {
  timeout: Math.max(600_000, runs * 10_000),
}, async () => {
  const seed = replayed === 'now' ? Date.now() % 1_000_000_000 : Number(replayed);
  const told = `replay with REGSWEEP_SEED=${seed} REGSWEEP_SEEDS=${runs}`;
  console.log(`${runs} sequences from seed ${seed}`);
  const opening = fc.array(step, { minLength: 1, maxLength: 4 });
  const sequence = fc.tuple(opening, fc.array(step, { minLength: 4, maxLength: 14 }));
  const property = fc.asyncProperty(sequence, async ([before, after]) => {
    const pushes = before.map((each): Step => ({ ...each, does: 'push' }));
    await play([...pushes, ...after]);
  });
  const result = await fc.check(property, {
    seed,
    numRuns: runs,
    ...(replayedPath === undefined ? {} : { path: replayedPath }),
  });
  console.log(
    [...endings]
      .sort()
      .map(([name, times]) => `${name} ×${times}`)
      .join(', '),
  );
  if (result.failed) {
    const message = `${told} REGSWEEP_PATH=${result.counterexamplePath}`;
    throw new Error(`${message}\n${fc.defaultReportMessage(result)}`, {
      cause: result.errorInstance,
    });
  }
  if (runs < 50) return;
  for (const name of ['sweep: 0', 'sweep -m: 0', 'sweep -m: died', 'restore: 0', 'purge: 0']) {
    expect(endings.get(name) ?? 0, name).toBeGreaterThan(runs / 50);
  }
});
