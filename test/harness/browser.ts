/** A headless Chromium that notes every request, error and complaint of the page it shows. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { required } from './require.js';

const CHROMIUM = process.env.REGSWEEP_CHROMIUM ?? '/usr/bin/chromium';

/**
 * For `describe.skipIf(lacksBrowser())`: true without Chromium, said on stderr.
 * @throws where REGSWEEP_REQUIRE_REGISTRY=1
 */
export function lacksBrowser(): boolean {
  if (existsSync(CHROMIUM)) return false;
  const message = `this machine lacks: ${CHROMIUM}`;
  if (required) throw new Error(`${message} (REGSWEEP_REQUIRE_REGISTRY=1)`);
  process.stderr.write(`SKIPPED, ${message}\n`);
  return true;
}

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

export interface Shown {
  readonly page: Page;
  /** Addresses asked for besides the page itself. */
  readonly requests: string[];
  /** Uncaught errors, console errors and warnings, dialogs. */
  readonly complaints: string[];
  readonly loadedMs: number;
}

export interface ShowOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Opens a file and waits until it is drawn. */
export async function show(
  browser: Browser,
  path: string,
  { width = 1280, height = 900, colorScheme = 'light' }: ShowOptions = {},
): Promise<Shown> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  const url = pathToFileURL(path).href;
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (request.url() !== url && request.url() !== 'data:,') requests.push(request.url());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch((error: unknown) => complaints.push(String(error)));
  });
  const start = performance.now();
  await page.goto(url);
  await page.waitForSelector('.picture > *');
  return { page, requests, complaints, loadedMs: performance.now() - start };
}
