/** The page's script and style, as the build made them. */
import { readFileSync } from 'node:fs';
import type { PageAssets } from '../../../src/report/html/page.js';

const read = (name: string): string =>
  readFileSync(new URL(`../../../dist/report/html/assets/${name}`, import.meta.url), 'utf8');

export const builtAssets = (): PageAssets => ({
  script: read('page.js'),
  style: read('page.css'),
});
