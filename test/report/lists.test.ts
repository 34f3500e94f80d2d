/** Lists of `analyze`: order, number, bars, CSV; on a tree whose sizes are known. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../../src/facts/read.js';
import { ACTION_KINDS } from '../../src/graph/action-kinds.js';
import { mark } from '../../src/graph/mark/mark.js';
import { ageGroups, tagUsage } from '../../src/graph/sizes/tags.js';
import { NO_REMOVALS } from '../../src/graph/types.js';
import type { AnalyzeReport } from '../../src/report/model/model.js';
import { bar, makeStyle } from '../../src/report/style.js';
import { repositoriesText } from '../../src/report/text/analyze-lists.js';
import { openTree } from '../../src/storage/tree.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { tempFolder } from '../harness/temp.js';

const DAY_S = 86_400;
const NOW = Date.UTC(2024, 0, 1) / 1000;

/** `big` and `small` share a layer of 1,000; `multi` is an index of one image, signed. */
async function world() {
  const tree = new TreeBuilder(join(await tempFolder(), 'root'));
  const sizes = new Map<string, number>();
  const push = (repository: string, bytes: number, daysAgo: number, ...tags: string[]) => {
    tree.at((NOW - daysAgo * DAY_S) * 1000);
    const layers = [
      tree.layer(repository, 's'.repeat(1000)),
      tree.layer(repository, tags[0]!.repeat(bytes)),
    ];
    const json = JSON.stringify({ schemaVersion: 2, layers: layers.map((digest) => ({ digest })) });
    sizes.set(tags[0]!, json.length);
    return tree.manifest(repository, json, ...tags);
  };
  push('app/big', 5000, 1, 'b');
  push('app/small', 10, 40, 's', 'same');
  const child = push('multi', 200, 500, 'c');
  const index = JSON.stringify({ schemaVersion: 2, manifests: [{ digest: child }] });
  tree.manifest('multi', index, 'index');
  const signature = JSON.stringify({ schemaVersion: 2, subject: { digest: child } });
  tree.manifest('multi', signature);
  return { root: tree.root, size: (tag: string) => sizes.get(tag)!, index, signature };
}

async function marked(root: string) {
  const tree = await openTree(root);
  const facts = await readFacts(tree, { ageBy: 'mtime', now: NOW, minAge: 0, keepFindings: 5 });
  const marks = mark(facts, {
    now: NOW,
    minAge: 0,
    deleteUntagged: false,
    allowTagless: false,
    inScope: () => true,
    kinds: new Set(ACTION_KINDS),
    keepDigests: new Set(),
    removals: NO_REMOVALS,
  });
  return { facts, marks };
}

describe('what a tag holds', () => {
  it('is all that it leads to, and alone what nothing else does', async () => {
    const { root, size, index, signature } = await world();
    const { facts, marks } = await marked(root);
    const rows = tagUsage(facts, marks).map(({ repository, tag, bytes, uniqueBytes }) => {
      const { name, tags } = facts.repositories[repository]!;
      return [`${name}:${tags.names[tag]}`, bytes, uniqueBytes];
    });
    const child = 1200 + size('c') + signature.length;
    expect(rows).toEqual([
      ['app/big:b', 6000 + size('b'), 5000 + size('b')],
      ['app/small:s', 1010 + size('s'), 0],
      ['app/small:same', 1010 + size('s'), 0],
      ['multi:c', child, 0],
      ['multi:index', child + index.length, index.length],
    ]);
  });

  it('stands under the age of the newest push that needs it', async () => {
    const { root, size, index, signature } = await world();
    const { facts, marks } = await marked(root);
    const groups = ageGroups(facts, marks, [7, 30, 90, 365], NOW).map((group) => [
      group.days,
      group.tags,
      group.blobs,
      group.bytes,
    ]);
    expect(groups).toEqual([
      [7, 1, 3, 6000 + size('b')],
      [30, 0, 0, 0],
      [90, 2, 2, 10 + size('s')],
      [365, 0, 0, 0],
      [undefined, 2, 4, 200 + size('c') + index.length + signature.length],
    ]);
  });
});

describe('analyze', () => {
  it('sorts and cuts in every format', async () => {
    const { root, size } = await world();
    const run = async (...args: string[]) => (await regsweep(['analyze', root, ...args])).stdout;
    const names = async (...args: string[]) => {
      const { repositories } = JSON.parse(await run('--format', 'json', ...args)) as {
        repositories: { name: string }[];
      };
      return repositories.map(({ name }) => name);
    };
    expect([
      await names(),
      await names('--sort', 'size', '--top', '2'),
      await names('--sort', 'pushed', '--repo', 'app/*'),
    ]).toEqual([
      ['app/big', 'app/small', 'multi'],
      ['app/big', 'multi'],
      ['app/big', 'app/small'],
    ]);
    const csv = (await run('--format', 'csv', '--tags', '--top', '1', '--sort', 'own')).split(
      '\r\n',
    );
    expect(csv).toEqual([
      'repository,tag,digest,pushedAt,bytes,uniqueBytes',
      expect.stringMatching(
        new RegExp(
          `^app/big,b,sha256:[0-9a-f]{64},2023-12-31T00:00:00Z,${6000 + size('b')},${5000 + size('b')}$`,
        ),
      ),
      '',
    ]);
    const table = await run('--sort', 'tags', '--top', '1');
    expect(table).toMatch(/by number of tags\n.*\n {2}app\/small +2 .*\n {2}… and 2 more/);
    expect(table).not.toMatch(/[█▏\x1b]/);
    expect(await run('--tags', '--repo', 'multi')).toMatch(
      /\n {2}multi:index .*\n {2}multi:c .*\n/,
    );
  });

  it.each([
    [['analyze', '--tags', '--sort', 'untagged'], /tags sort by own, size/],
    [['check', '--format', 'csv'], /--format: "csv" is none of table, json, ndjson/],
    [['analyze', '--sort', 'weight'], /sort/],
  ])('%j is a usage error', async (args, message) => {
    const { root } = await world();
    const { code, stderr } = await regsweep([...args, '--root', root]);
    expect([code, stderr]).toEqual([64, expect.stringMatching(message)]);
  });
});

it('bars show shares on a terminal, and nothing elsewhere', () => {
  const style = makeStyle(false, 80, true);
  expect([
    bar(style, 0.5, 8),
    bar(style, 1, 4),
    bar(style, 0, 3),
    bar(style, 0.0001, 3),
    bar(makeStyle(false, 80), 1, 4),
  ]).toEqual(['████    ', '████', '   ', '▏  ', '']);
});

it('a row is never wider than the terminal: where there is no room, no bars are drawn', () => {
  const rows = ['shop/api/worker', 'a/name/that/is/much/longer/than/any/terminal/can/show'].map(
    (name) => ({
      name,
      tags: 5,
      manifests: 5,
      untaggedManifests: 1,
      bytes: 255_403,
      uniqueBytes: 131_654,
      sharedBytes: 123_749,
      garbageBytes: 131_654,
      lastPushedAt: '2026-11-22T00:00:00Z',
    }),
  );
  const report = { repositories: rows } as unknown as AnalyzeReport;
  for (const [width, bars] of [
    [80, false],
    [93, false],
    [94, true],
    [120, true],
  ] as const) {
    const text = [...repositoriesText(report, makeStyle(false, width, true))].join('');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(text.includes('█')).toBe(bars);
  }
});
