/** A headless Chromium that notes every request, error and complaint of the page it shows. */
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { CHROMIUM } from './require.js';

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
