/** The script and style of the HTML report, which `npm run build:page` builds. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PageAssets } from '../../../report/html/page.js';
import { bundled } from '../../../runtime/bundled.js';
import { packageRoot } from '../../../runtime/package-root.js';
import { RegsweepError } from '../../../util/errors.js';

const read = (name: string): string =>
  readFileSync(new URL(`dist/report/html/assets/${name}`, packageRoot()), 'utf8');

/** @throws RegsweepError `failed` if the installation lacks them */
export function pageAssets(): PageAssets {
  if (bundled !== undefined) return bundled.page;
  try {
    return { script: read('page.js'), style: read('page.css') };
  } catch (cause) {
    throw new RegsweepError('failed', `the page’s script is missing: ${(cause as Error).message}`, {
      cause,
      remedy: 'install regsweep again; in a clone: npm run build',
    });
  }
}

export const sha256Base64 = (text: string): string =>
  createHash('sha256').update(text, 'utf8').digest('base64');
