/** WCAG 2.1 AA by axe-core, in both schemes; the keyboard; no column cut on a phone or on paper. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageJson } from '../../facts/helpers.js';
import { openBrowser, show } from '../../harness/browser.js';
import { copyFixture } from '../../harness/fixture.js';
import { regsweep } from '../../harness/in-process.js';
import { TreeBuilder } from '../../harness/offline.js';
import { needs } from '../../harness/require.js';
import { makeTemp, removeTemp } from '../../harness/temp.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs in the page. */
const VIOLATIONS = `axe.run(document, {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
}).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target)))`;

/** Runs in the page: contrast of the map's text on each of its colours, which axe doesn't see. */
const ONTO_COLORS = `[0, 1, 2, 3, 4].map((state) => {
  const style = getComputedStyle(document.documentElement);
  const luminance = (name) => {
    const hex = style.getPropertyValue(name).trim();
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const color = luminance('--state' + state);
  return [ratio(color, luminance('--onto')), ratio(color, luminance('--page'))];
})`;

/** Runs in the page: elements with content beyond the right edge of the page. */
const CUT = `[...document.querySelectorAll('main *')]
  .filter((one) => !one.closest('.picture, caption, .tip') &&
    one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 80))`;

/** Runs in the page: tables that have to be scrolled. */
const SCROLLED = `[...document.querySelectorAll('.table')]
  .filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => one.getAttribute('aria-label'))`;

/** Runs in the page: rows higher than a line. */
const WRAPPED = `[...document.querySelectorAll('tbody tr')]
  .filter((one) => one.offsetHeight > 40)
  .map((one) => one.innerText)`;

/** Runs in the page: left edge and width of the map and of its table. */
const BESIDE = `[...document.querySelector('.beside').children]
  .map((one) => one.getBoundingClientRect())
  .map(({ left, width }) => [Math.round(left), Math.round(width)])`;

/** Names that differ at their end alone. */
function longNames(root: string): string {
  const tree = new TreeBuilder(root);
  for (let i = 0; i < 30; i++) {
    const name = `platform-engineering/machine-learning-inference-workers/service-with-a-long-name-${i}`;
    const layer = tree.layer(name, `layer ${i} `.repeat(100 + i));
    tree.manifest(name, imageJson(layer, [layer]), `release-2026.11.${i}-feature-with-a-long-name`);
    tree.manifest(name, imageJson(tree.layer(name, `old ${i}`), [layer]));
  }
  return root;
}

describe('the page for everybody', needs('chromium'), () => {
  let browser: Browser;
  let folder: string;
  let file: string;
  let long: string;
  beforeAll(async () => {
    folder = await makeTemp();
    browser = await openBrowser();
    const root = copyFixture(join(folder, 'tree'));
    file = join(folder, 'report.html');
    // Two scans, which a state folder keeps: the page has its chart too.
    mkdirSync(join(root, '.regsweep'), { mode: 0o700 });
    await regsweep(['analyze', root]);
    const { code, stderr } = await regsweep(['report', root, '-o', file, '-m', '--min-age', '0s']);
    if (code !== 0) throw new Error(stderr);
    long = join(folder, 'long.html');
    await regsweep([
      'report',
      longNames(join(folder, 'long')),
      '-o',
      long,
      '-m',
      '--min-age',
      '0s',
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await removeTemp(folder);
  });

  const open = async (width: number, colorScheme: 'light' | 'dark'): Promise<Page> => {
    const { page } = await show(browser, file, { width, colorScheme });
    expect(await page.locator('.chart').count()).toBe(1);
    return page;
  };

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)('keeps the rules of axe-core at %i pixels, %s', async (width, scheme) => {
    const page = await open(width, scheme);
    for (const summary of await page.locator('summary').all()) await summary.click();
    await page.evaluate(AXE);
    expect(await page.evaluate(VIOLATIONS)).toEqual([]);
    const contrasts = (await page.evaluate(ONTO_COLORS)) as [number, number][];
    for (const [text, edge] of contrasts) {
      expect(text).toBeGreaterThanOrEqual(4.5);
      expect(edge).toBeGreaterThanOrEqual(3);
    }
    await page.close();
  });

  it.each([1280, 768, 390])('cuts no column at %i pixels', async (width) => {
    const page = await open(width, 'light');
    expect([await page.evaluate(CUT), await page.evaluate(SCROLLED)]).toEqual([[], []]);
    await page.close();
  });

  it.each([1280, 1001, 900, 768])(
    'shortens long names at their beginning at %i pixels, so that no row wraps',
    async (width) => {
      const { page } = await show(browser, long, { width });
      const seen = [CUT, SCROLLED, WRAPPED].map((script) => page.evaluate(script));
      expect(await Promise.all(seen)).toEqual([[], [], []]);
      const name = page.locator('[aria-label="Repositories"] tbody .clip').first();
      expect(await name.innerText()).toBe(await name.getAttribute('title'));
      const direction = "getComputedStyle(document.querySelector('tbody .clip')).direction";
      expect(await page.evaluate(direction)).toBe('rtl');
      await page.close();
    },
  );

  it.each([
    [1280, true],
    [1001, true],
    [1000, false],
    [390, false],
  ])('at %i pixels the map stands beside its table: %s', async (width, isBeside) => {
    const { page } = await show(browser, long, { width });
    const [map, table] = (await page.evaluate(BESIDE)) as [number, number][];
    expect(table![0] > map![0]).toBe(isBeside);
    if (isBeside) expect(table![1]).toBeGreaterThanOrEqual(384);
    await page.close();
  });

  it('cuts no column on paper, and opens the places of findings', async () => {
    // A4 upright at 96 pixels an inch, less the margins that printers have.
    const page = await open(718, 'dark');
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect([await page.evaluate(CUT), await page.evaluate(SCROLLED)]).toEqual([[], []]);
    expect(await page.locator('.findings details:not([open])').count()).toBe(0);
    await page.close();
  });

  it('copies the command and a digest by keyboard', async () => {
    const page = await open(1280, 'light');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const copied = async (selector: string): Promise<unknown> => {
      const button = page.locator(selector).first();
      await button.press('Enter');
      await page.locator(selector, { hasText: 'Copied' }).first().waitFor();
      return page.evaluate('navigator.clipboard.readText()');
    };
    expect(await copied('header .copy')).toBe(
      await page.locator('header .command code').innerText(),
    );
    expect(await copied('.digest .copy')).toBe(
      await page.locator('.digest code').first().getAttribute('title'),
    );
    await page.close();
  });
});
