/** The page in a real browser: silent, inert, and it does what its controls say. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageJson } from '../../facts/helpers.js';
import { openBrowser, type Shown, show } from '../../harness/browser.js';
import { copyFixture } from '../../harness/fixture.js';
import { regsweep } from '../../harness/in-process.js';
import { TreeBuilder } from '../../harness/offline.js';
import { needs } from '../../harness/require.js';
import { makeTemp, removeTemp, tempFolder } from '../../harness/temp.js';

/** An element of the page; the tests themselves are checked without a browser's types. */
interface HasAttributes {
  getAttribute(name: string): string | null;
}

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '</script><script>alert(2)</script>',
  '__proto__',
  'constructor',
  'rtl\u202ereversed',
  'line\nbreak "quoted" \'twice\'',
  'raw\udcff',
  '{{4}}&lt;b&gt;',
];

function hostileTree(root: string): string {
  const tree = new TreeBuilder(root);
  for (const name of HOSTILE.map((one) => one.replaceAll('/', ' '))) {
    const layers = [tree.layer(name, `layer of ${name}`), tree.layer(name, 'shared')];
    tree.manifest(name, imageJson(layers[0]!, layers), name, 'latest');
  }
  return root;
}

async function reportOf(root: string, output: string): Promise<string> {
  const result = await regsweep(['report', root, '-o', output, '-m', '--min-age', '0s']);
  if (result.code !== 0) throw new Error(result.stderr);
  return output;
}

const texts = (page: Page, selector: string): Promise<string[]> =>
  page.locator(selector).allInnerTexts();

const titles = (page: Page, selector: string): Promise<string[]> =>
  page
    .locator(selector)
    .evaluateAll((found) =>
      found.map((one) => (one as unknown as HasAttributes).getAttribute('title') ?? ''),
    );

/** Cells of one column of a table, as text. */
const column = (page: Page, table: string, at: number): Promise<string[]> =>
  texts(page, `[aria-label="${table}"] tbody tr > :nth-child(${at})`);

describe('the page in Chromium', needs('chromium'), () => {
  let browser: Browser;
  let folder: string;
  let fixture: string;
  beforeAll(async () => {
    folder = await makeTemp();
    browser = await openBrowser();
    fixture = await reportOf(copyFixture(join(folder, 'tree')), join(folder, 'fixture.html'));
  });
  afterAll(async () => {
    await browser?.close();
    await removeTemp(folder);
  });

  it('counts abandoned uploads in its title', async () => {
    const tree = new TreeBuilder(join(folder, 'uploads'));
    tree.manifest('app', { layers: [] }, 'v1');
    tree.upload('app', 'old', 'u'.repeat(50_000));
    const { page } = await show(browser, await reportOf(tree.root, join(folder, 'uploads.html')));
    expect((await texts(page, 'h1'))[0]).toMatch(/^5\d\.\d kB \(\d\d\.\d %\) can be reclaimed$/);
  });

  const quiet = ({ requests, complaints }: Shown): void =>
    expect({ requests, complaints }).toEqual({ requests: [], complaints: [] });

  it('zooms in and out, by pointer and by keyboard', async () => {
    const shown = await show(browser, fixture);
    const { page } = shown;
    const parts = 'Parts of the map';
    const all = await column(page, parts, 1);
    expect(all).toEqual(['shop', 'tools', 'shared by several repositories', 'ci', 'base']);
    await page.locator('.picture').click({ position: { x: 10, y: 8 } });
    expect(await texts(page, '.trail [aria-current]')).toEqual(['shop']);
    expect((await column(page, parts, 1)).sort()).toEqual(['api', 'web']);
    await page.keyboard.press('Tab');
    await page.locator('.beside tbody button', { hasText: 'api' }).press('Enter');
    expect(await texts(page, '.trail [aria-current]')).toEqual(['api']);
    expect(await texts(page, '.trail button')).toEqual(['all', 'shop']);
    await page.locator('.beside tbody button').first().press('Enter');
    expect(await texts(page, '.trail [aria-current]')).toEqual(['worker']);
    await page.keyboard.press('Tab');
    await page.locator('.trail button').first().focus();
    await page.keyboard.press('Escape');
    expect(await texts(page, '.trail [aria-current]')).toEqual(['api']);
    await page.locator('.trail button', { hasText: 'all' }).click();
    expect(await column(page, parts, 1)).toEqual(all);
    quiet(shown);
  });

  it('measures and groups as it is told', async () => {
    const shown = await show(browser, fixture);
    const { page } = shown;
    const seen: Record<string, string[]> = {};
    for (const size of ['logical', 'unique', 'reclaimable', 'disk']) {
      for (const grouping of ['namespace', 'repository', 'tag', 'age']) {
        await page.locator(`input[value=${size}]`).check({ force: true });
        await page.locator(`input[value=${grouping}]`).check({ force: true });
        const [first] = await column(page, 'Parts of the map', 1);
        const [total] = await texts(page, '.trail');
        seen[`${size} ${grouping}`] = [total!, first!];
        const label = await page.locator('.picture').getAttribute('aria-label');
        expect(label).toContain(total!.replace('all — ', ''));
      }
    }
    const { totals, repositories } = (
      await regsweep(['analyze', join(folder, 'tree'), '-m', '--min-age', '0s', '--format', 'json'])
    ).json as {
      totals: Record<string, { diskBytes: number }>;
      repositories: { bytes: number }[];
    };
    const shownRows = JSON.parse((await page.locator('#data').textContent()) ?? '') as {
      repositories: { uniqueDiskBytes: number }[];
    };
    const unique = shownRows.repositories.reduce((sum, row) => sum + row.uniqueDiskBytes, 0);
    const kilo = (bytes: number): string => `all — ${(bytes / 1000).toPrecision(3)} kB`;
    const logical = repositories.reduce((sum, { bytes }) => sum + bytes, 0);
    const expected = (size: string, total: number, firsts: string[]) =>
      ['namespace', 'repository', 'tag', 'age'].map((grouping, i) => [
        `${size} ${grouping}`,
        [kilo(total), firsts[i]],
      ]);
    const day = 'under a day old';
    expect(Object.entries(seen)).toEqual([
      ...expected('logical', logical, ['shop', 'shop/web', 'shop/web', day]),
      ...expected('unique', unique, ['shop', 'shop/web', 'shop/web', day]),
      ...expected('reclaimable', totals.garbage!.diskBytes, ['shop', 'shop/api', 'shop/api', day]),
      ...expected('disk', totals.diskBytes as unknown as number, [
        'shop',
        'shop/api',
        'shop/api',
        day,
      ]),
    ]);
    quiet(shown);
  });

  it('sorts by each heading, both ways, and says so to a screen reader', async () => {
    const shown = await show(browser, fixture);
    const { page } = shown;
    const table = page.locator('[aria-label="Repositories"]');
    await table.locator('button', { hasText: 'Show them' }).click();
    const names = await column(page, 'Repositories', 1);
    const heading = table.locator('th button', { hasText: 'Repository' });
    await heading.press('Enter');
    expect(await column(page, 'Repositories', 1)).toEqual([...names].sort());
    expect(await table.locator('th').first().getAttribute('aria-sort')).toBe('ascending');
    await heading.press('Enter');
    expect(await column(page, 'Repositories', 1)).toEqual([...names].sort().reverse());
    await table.locator('th button', { hasText: 'Tags' }).click();
    expect((await column(page, 'Repositories', 5)).map(Number)).toEqual([5, 3, 2, 1, 1, 1, 0, 0]);
    const sorts = await table
      .locator('thead th')
      .evaluateAll((heads) =>
        heads.map((head) => (head as unknown as HasAttributes).getAttribute('aria-sort')),
      );
    expect(sorts.filter((sort) => sort !== 'none')).toEqual(['descending']);
    quiet(shown);
  });

  it('searches names and digests', async () => {
    const shown = await show(browser, fixture);
    const { page } = shown;
    const digest = (await titles(page, '[aria-label="The largest blobs"] tbody code'))[3]!;
    await page.locator('#search').fill(digest.slice(10, 30).toUpperCase());
    await page.waitForSelector('.cell.dim', { state: 'attached' });
    expect(await titles(page, '[aria-label="The largest blobs"] tbody code')).toEqual([digest]);
    expect(await column(page, 'Parts of the map', 1)).toHaveLength(1);
    expect(await page.locator('.cell:not(.dim):not(.group)').count()).toBe(1);
    await page.locator('input[value=tag]').check({ force: true });
    await page.locator('#search').fill('shop/web:v1');
    await page.locator('.beside tbody tr').nth(1).waitFor({ state: 'detached' });
    expect(await column(page, 'Parts of the map', 1)).toEqual(['shop/web']);
    await page.locator('#search').fill('shop/web:v');
    await page.locator('[aria-label="What each tag would free"]', { hasText: 'web:v3' }).waitFor();
    await page.locator('[aria-label="Repositories"]', { hasText: 'No rows match' }).waitFor();
    expect((await column(page, 'What each tag would free', 1)).sort()).toEqual([
      ...['shop/web:v1', 'shop/web:v2', 'shop/web:v3'],
    ]);
    quiet(shown);
  });

  it('tells of a blob under the pointer what shares it', async () => {
    const shown = await show(browser, fixture);
    const { page } = shown;
    await page.locator('.beside tbody button', { hasText: 'shared by several' }).click();
    await page.locator('.picture').hover({ position: { x: 60, y: 60 } });
    const [tip] = await texts(page, '.tip');
    expect(tip).toMatch(
      /^sha256:[0-9a-f]{64}\s+92\.5 kB, 94\.2 kB on disk\s+in use, under a day old\s+shared by 3: base\/debian, shop\/api, shop\/web$/,
    );
    quiet(shown);
  });

  it.each(['light', 'dark'] as const)(
    'draws in the %s scheme, and fits a phone',
    async (colorScheme) => {
      const shown = await show(browser, fixture, { width: 360, height: 740, colorScheme });
      const { page } = shown;
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width).toBe(360);
      const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(paper).toBe(colorScheme === 'light' ? 'rgb(252, 252, 251)' : 'rgb(20, 23, 27)');
      quiet(shown);
    },
  );

  it('shows hostile names as text', async () => {
    const root = hostileTree(join(await tempFolder(), 'root'));
    const shown = await show(browser, await reportOf(root, join(folder, 'hostile.html')));
    const { page } = shown;
    await page.locator('input[value=tag]').check({ force: true });
    for (const name of await texts(page, '.beside tbody button')) {
      await page.locator('.beside tbody button', { hasText: name }).first().click();
      await page.locator('.picture').hover({ position: { x: 30, y: 30 } });
      await page.locator('.trail button').first().click();
    }
    const said = HOSTILE.map((name) =>
      name
        .replaceAll('/', ' ')
        .replace('\u202e', '\\u202e')
        .replace('\n', '\\x0a')
        .replace('\udcff', '\\xff'),
    );
    expect((await column(page, 'Repositories', 1)).sort()).toEqual(said.sort());
    const made = await page.evaluate(
      "[...document.querySelectorAll('main *')].map(e => e.localName).filter(n => ['img','script','iframe','b'].includes(n))",
    );
    expect(made).toEqual([]);
    quiet(shown);
  });

  it('runs no script but its own', async () => {
    const html = readFileSync(fixture, 'utf8');
    const path = join(folder, 'injected.html');
    writeFileSync(
      path,
      html.replace('<main', '<script>alert(9)</script><img src="http://127.0.0.1:9/x"><main'),
    );
    const { complaints } = await show(browser, path);
    expect(complaints.filter((text) => text.startsWith('dialog'))).toEqual([]);
    expect(complaints.length).toBe(2);
    expect(complaints.every((text) => text.includes('Content Security Policy'))).toBe(true);
  });
});

describe('report -o', () => {
  it('overwrites only with --force, and leaves no half file', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const output = join(await tempFolder(), 'r.html');
    const first = await regsweep(['report', root, '-o', output]);
    expect([first.code, first.stderr]).toEqual([0, '']);
    const before = readFileSync(output, 'utf8');
    const again = await regsweep(['report', root, '-o', output]);
    expect([again.code, again.stderr]).toEqual([
      64,
      `regsweep: ${output} already exists\n  → use --force to overwrite it\n`,
    ]);
    expect(readFileSync(output, 'utf8')).toBe(before);
    expect((await regsweep(['report', root, '-o', output, '--force'])).code).toBe(0);
    const nowhere = await regsweep(['report', root, '-o', join(root, 'no/such/r.html')]);
    expect([nowhere.code, nowhere.stderr]).toEqual([
      1,
      expect.stringContaining('there is no folder'),
    ]);
    const full = await regsweep(['report', root, '-o', '/proc/r.html']);
    expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('could not be written')]);
    expect((await regsweep(['report', root])).code).toBe(64);
  });
});
