import { describe, expect, it } from 'vitest';
import {
  GROUPINGS,
  groupsOf,
  type Item,
  METRICS,
} from '../../../src/report/html/client/treemap/groups.js';
import { cellAt, layOut } from '../../../src/report/html/client/treemap/layout.js';
import { PAGE_LIMITS, pageData } from '../../../src/report/html/model.js';
import { embeddedJson, pageChunks } from '../../../src/report/html/page.js';
import { layerPath } from '../../../src/storage/layout.js';
import { isoTime } from '../../../src/util/iso-time.js';
import { NOW, OLD, Store, smallImage } from '../../facts/helpers.js';
import { looked, page, randomStore } from './store.js';

const SMALL = { blobs: 5, garbage: 2, repositories: 2, tags: 2, sharers: 2, sharersInAll: 5 };
const HUGE = 1e9;
const ALL = {
  ...{ blobs: HUGE, garbage: HUGE, repositories: HUGE, tags: HUGE },
  ...{ sharers: HUGE, sharersInAll: HUGE },
};

const leaves = (item: Item): Item[] => item.children?.flatMap(leaves) ?? [item];
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe('the data of the page', () => {
  it('has rows only of repositories that are asked for', async () => {
    const store = new Store();
    smallImage(store, 'a', 'one', ['1']);
    smallImage(store, 'team/b', 'two', ['x', 'y']);
    const look = await looked(store);
    const data = pageData({ ...look, shows: (name) => name === 'team/b' });
    expect([
      data.repositories.map(({ name }) => name),
      data.tags.map(({ repository, name }) => [repository, name]),
      data.leftOut,
    ]).toEqual([
      ['team/b'],
      [
        [0, 'x'],
        [0, 'y'],
      ],
      { repositories: 1, tags: 1, blobs: 0 },
    ]);
  });

  it('says where each blob belongs, and what each tag would free', async () => {
    const store = new Store();
    const one = smallImage(store, 'a', 'one', ['1', 'same']);
    const two = smallImage(store, 'a', 'two', ['2']);
    smallImage(store, 'team/b', 'one', ['x']);
    const lost = store.blob('g'.repeat(100));
    const link = store.layer('a', 'h'.repeat(50));
    store.touch(`${layerPath('a', link)}/link`, NOW - 10 * 86_400);
    const { blobs: b, places, tags, repositories, leftOut, rest, shared } = await page(store);
    const where = Object.fromEntries(b.digest.map((digest, i) => [digest, places[b.place[i]!]]));
    expect(where).toEqual({
      ...Object.fromEntries(one.all.map((digest) => [digest, [-1, -5]])),
      ...Object.fromEntries(two.all.map((digest) => [digest, [0, 1]])),
      [lost]: [-1, -3],
      [link]: [0, -3],
    });
    const manifest = b.bytes[b.digest.indexOf(two.manifest)]!;
    const bytes = manifest + 'config of two'.length + 'layer of two'.length;
    const pushedAt = isoTime(OLD);
    // Three files of one block of 512 bytes each.
    const size = { bytes, diskBytes: 1536, pushedAt };
    const nothing = { ...size, frees: 0, freesDiskBytes: 0 };
    expect(tags).toEqual([
      { repository: 0, name: '1', ...nothing },
      { repository: 0, name: '2', ...size, frees: bytes, freesDiskBytes: 1536 },
      { repository: 0, name: 'same', ...nothing },
      { repository: 1, name: 'x', ...nothing },
    ]);
    expect(
      repositories.map((row) => [
        ...[row.name, row.uniqueBytes, row.uniqueDiskBytes, row.sharedDiskBytes],
        row.garbageDiskBytes,
      ]),
    ).toEqual([
      ['a', bytes, 1536, 1536, 512],
      ['team/b', 0, 0, 1536, 0],
    ]);
    expect(b.sharers.map(([i, who, count]) => [b.digest[i], who, count]).sort()).toEqual(
      one.all.map((digest) => [digest, [0, 1], 2]).sort(),
    );
    const ages = Object.fromEntries(b.digest.map((digest, i) => [digest, b.age[i]]));
    expect([ages[lost], ages[link]]).toEqual([3, 2]);
    expect([rest.count, shared.count, leftOut]).toEqual([
      [],
      [],
      { repositories: 0, tags: 0, blobs: 0 },
    ]);
  });

  it.each([1, 2, 3, 4])(
    'adds up to the totals, however little has its own row (%i)',
    async (seed) => {
      const look = await looked(randomStore(seed), { deleteUntagged: true });
      const { totals, repositories } = look.report;
      const expected = {
        disk: totals.diskBytes + totals.quarantined.diskBytes,
        logical: sum(repositories.map(({ bytes }) => bytes)),
        unique: sum(pageData(look, ALL).repositories.map((row) => row.uniqueDiskBytes)),
        reclaimable: totals.garbage.diskBytes,
      };
      for (const limits of [SMALL, PAGE_LIMITS, ALL]) {
        const data = pageData(look, limits);
        for (const metric of METRICS) {
          for (const grouping of GROUPINGS) {
            const root = groupsOf(data, metric, grouping);
            expect([metric, grouping, root.value]).toEqual([metric, grouping, expected[metric]]);
            expect(sum(leaves(root).map(({ value }) => value))).toBe(expected[metric]);
          }
        }
        expect(data.blobs.digest.length + sum(data.rest.count)).toBe(totals.blobs);
      }
      const small = pageData(look, SMALL);
      expect(small.repositories.length).toBe(2);
      expect(small.tags.length).toBe(2);
      expect(small.blobs.digest.length).toBeLessThanOrEqual(7);
      const bySize = [...pageData(look, ALL).blobs.bytes].sort((a, b) => b - a);
      expect([...small.blobs.bytes].sort((a, b) => b - a).slice(0, 5)).toEqual(bySize.slice(0, 5));
    },
  );

  it('holds names only as text', async () => {
    const store = new Store();
    const names = ['<img src=x onerror=alert(1)>', '__proto__', 'constructor', 'rtl\u202egnp'];
    for (const [i, name] of names.entries()) smallImage(store, name, `${i}`, ['</script><b>', 'x']);
    const data = await page(store);
    expect(data.repositories.map(({ name }) => name).sort()).toEqual(
      ['<img src=x onerror=alert(1)>', '__proto__', 'constructor', 'rtl\\u202egnp'].sort(),
    );
    const root = groupsOf(data, 'unique', 'repository');
    expect(root.children!.map(({ name }) => name).sort()).toEqual(
      data.repositories.map(({ name }) => name).sort(),
    );
    const html = [...pageChunks(data, { script: 'x()', style: '' }, () => 'hash')].join('');
    expect(html.match(/<\/?[a-z!]+/g)).toEqual([
      ...['<!doctype', '<html', '<head', '<meta', '<meta', '<meta', '<meta', '<meta', '<link'],
      ...['<title', '</title', '<style', '</style', '</head', '<body', '<main', '</main'],
      ...['<noscript', '<p', '</p', '</noscript', '<script', '</script', '<script', '</script'],
      ...['</body', '</html'],
    ]);
    const text = /id="data">(.*?)<\/script>/s.exec(html)![1]!;
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
    expect(embeddedJson('a\u2028<&>\u2029')).toBe('"a\\u2028\\u003c\\u0026\\u003e\\u2029"');
  });

  it('refuses a script that would end its own element', async () => {
    const data = await page(new Store());
    for (const asset of [
      { script: 'x("</script>")', style: '' },
      { script: '<!--', style: '' },
      { script: '', style: '</style>' },
    ]) {
      expect(() => [...pageChunks(data, asset, () => '')]).toThrow(/end its own element/);
    }
  });
});

describe('the layout of the picture', () => {
  it('gives every part its share of the area, inside the part above it', async () => {
    const root = groupsOf(await page(randomStore(7)), 'disk', 'repository');
    const cells = layOut(root, 800, 500);
    expect(cells.length).toBeGreaterThan(20);
    for (const { x, y, width, height } of cells) {
      expect(x >= 0 && y >= 0 && x + width <= 800 && y + height <= 500).toBe(true);
    }
    const top = cells.filter(({ path }) => path.length === 1);
    const areas = top.map(({ width, height }) => (width * height) / (800 * 500));
    top.forEach(({ item }, i) => {
      expect(Math.abs(areas[i]! - item.value / root.value)).toBeLessThan(0.03);
    });
    for (const cell of cells.filter(({ item }) => item.children === undefined)) {
      const found = cellAt(cells, cell.x + cell.width / 2, cell.y + cell.height / 2);
      expect(found?.item).toBe(cell.item);
    }
    expect(cellAt(cells, 900, 10)).toBeUndefined();
  });
});
