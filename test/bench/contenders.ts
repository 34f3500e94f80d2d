/** Who is measured, and what the numbers should be. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BIN } from '../harness/cli.js';
import { type Contender, peak, type Result, seconds } from './measure.js';

export const NAMES = {
  floor: 'floor: the system calls alone, in C',
  analyze: 'regsweep analyze',
  untagged: 'regsweep analyze --delete-untagged',
  planUntagged: 'regsweep plan --delete-untagged',
  collector: 'docker-registry garbage-collect --dry-run',
  collectorUntagged: 'docker-registry garbage-collect --dry-run -m',
  find: 'find -type f -printf %s',
  glob: 'fast-glob walk with stats',
  version: 'regsweep --version',
  node: 'node -e 0',
} as const;

const GLOB = fileURLToPath(new URL('./glob-walk.ts', import.meta.url));
const FLOOR = fileURLToPath(new URL('./floor.c', import.meta.url));

/** Nothing, and a line that says so, where there is no C compiler. */
function floor(tree: string, folder: string): Contender[] {
  const program = join(folder, 'floor');
  const { status, stderr, error } = spawnSync('cc', ['-O2', '-pthread', '-o', program, FLOOR]);
  if (status === 0) return [{ name: NAMES.floor, command: [program, tree] }];
  const why = error?.message ?? stderr.toString().trim();
  process.stderr.write(`the floor is not measured, it can't be compiled: ${why}\n`);
  return [];
}

function collector(tree: string, config: string, untagged: boolean, limitMs: number): Contender {
  writeFileSync(
    config,
    `version: 0.1\nstorage: {filesystem: {rootdirectory: ${JSON.stringify(tree)}}}\nhttp: {addr: ''}\n`,
  );
  const flags = untagged ? ['--dry-run', '-m'] : ['--dry-run'];
  return {
    name: untagged ? NAMES.collectorUntagged : NAMES.collector,
    command: ['docker-registry', 'garbage-collect', ...flags, config],
    once: untagged,
    limitMs,
  };
}

const regsweep = (command: string, tree: string, ...more: string[]): string[] => [
  ...[process.execPath, BIN, command, tree, '--format', 'json', '--quiet'],
  ...['--min-age', '0s'],
  ...more,
];

/**
 * @param folder for the collector's configuration
 * @param limitMs after which the registry's collector is ended
 */
export function contenders(tree: string, folder: string, limitMs: number): Contender[] {
  const config = join(folder, 'config.yml');
  return [
    ...floor(tree, folder),
    { name: NAMES.analyze, command: regsweep('analyze', tree) },
    { name: NAMES.untagged, command: regsweep('analyze', tree, '--delete-untagged') },
    { name: NAMES.planUntagged, command: regsweep('plan', tree, '--delete-untagged') },
    collector(tree, config, false, limitMs),
    collector(tree, config, true, limitMs),
    { name: NAMES.find, command: ['find', join(tree, 'docker'), '-type', 'f', '-printf', '%s\n'] },
    { name: NAMES.glob, command: [process.execPath, '--import', 'tsx', GLOB, tree], once: true },
    { name: NAMES.version, command: [process.execPath, BIN, '--version'] },
    { name: NAMES.node, command: [process.execPath, '-e', '0'] },
  ];
}

export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly met: boolean;
}

type Find = (name: string) => Result | undefined;

const finder =
  (results: readonly Result[]): Find =>
  (name) =>
    results.find((result) => result.name === name);

/** "`a` in at most `share` of `b`'s time". */
function ratio(find: Find, a: string, b: string, share: number): Target[] {
  const [ours, theirs] = [find(a), find(b)];
  if (ours === undefined || theirs === undefined) return [];
  const is = seconds(ours) / seconds(theirs);
  const limit = share > 1 ? String(share) : `1/${1 / share}`;
  return [
    {
      what: `\`${a}\` / \`${b}\``,
      wanted: share === 1 ? 'less than 1' : `at most ${limit}`,
      measured: is < 1 ? `1/${(1 / is).toFixed(1)}` : is.toFixed(2),
      met: share === 1 ? is < 1 : is <= share,
    },
  ];
}

function limit(what: string, value: number | undefined, max: number, unit: string): Target[] {
  if (value === undefined) return [];
  const digits = unit === 's' ? 3 : 0;
  const measured = `${value.toFixed(digits)} ${unit}`;
  return [{ what, wanted: `at most ${max} ${unit}`, measured, met: value <= max }];
}

function startup(version: Result | undefined, node: Result | undefined): Target[] {
  if (version === undefined || node === undefined) return [];
  return limit('`--version` over Node alone', seconds(version) - seconds(node), 0.03, 's');
}

export function warmTargets(results: readonly Result[]): Target[] {
  const find = finder(results);
  const [analyzed, version] = [find(NAMES.analyze), find(NAMES.version)];
  return [
    ...ratio(find, NAMES.analyze, NAMES.floor, 4),
    ...ratio(find, NAMES.analyze, NAMES.collector, 1 / 5),
    ...ratio(find, NAMES.untagged, NAMES.collectorUntagged, 1 / 25),
    ...ratio(find, NAMES.planUntagged, NAMES.untagged, 1.5),
    ...ratio(find, NAMES.analyze, NAMES.find, 1),
    ...limit('peak memory of `analyze`', analyzed && peak(analyzed), 150, 'MB'),
    ...startup(version, find(NAMES.node)),
  ];
}

export function coldTargets(results: readonly Result[]): Target[] {
  const find = finder(results);
  return [
    ...ratio(find, NAMES.analyze, NAMES.collector, 1 / 3),
    ...ratio(find, NAMES.analyze, NAMES.find, 1),
  ];
}

/** Ten times the blobs. */
export function growthTargets(
  small: Result | undefined,
  large: Result | undefined,
  moreBlobs: number,
): Target[] {
  if (small === undefined || large === undefined) return [];
  const times = seconds(large) / seconds(small);
  const bytes = ((peak(large) - peak(small)) * 1e6) / moreBlobs;
  return [
    {
      what: '`analyze` on ten times the tree',
      wanted: 'at most 11 times as long',
      measured: `${times.toFixed(1)} times`,
      met: times <= 11,
    },
    ...limit('memory for each blob more', bytes, 100, 'bytes'),
  ];
}
