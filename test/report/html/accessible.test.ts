/** WCAG 2.1 AA by axe-core, in both schemes; the keyboard; no column cut on a phone or on paper. */
import { mkdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, show } from '../../harness/browser.js';
import { regsweep } from '../../harness/cli.js';
import { copyFixture } from '../../harness/fixture.js';
import { needs } from '../../harness/require.js';
import { makeTemp } from '../../harness/temp.js';

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

describe('the page for everybody', needs('chromium'), () => {
  let browser: Browser;
  let folder: string;
  let file: string;
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
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
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
