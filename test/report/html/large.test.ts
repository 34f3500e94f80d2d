/** 860,000 blobs: the page stays small, and opens at once. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Base64 } from '../../../src/app/inspect/page/page-assets.js';
import { type BlobShard, BlobTable } from '../../../src/facts/tables/blob-table.js';
import { ManifestTable } from '../../../src/facts/tables/manifest-table.js';
import type { Facts, RepositoryFacts } from '../../../src/facts/types.js';
import { PAGE_LIMITS, type PageLimits, pageData } from '../../../src/report/html/model.js';
import { pageChunks } from '../../../src/report/html/page.js';
import { NOW, OLD, Store } from '../../facts/helpers.js';
import { openBrowser, show } from '../../harness/browser.js';
import { Random } from '../../harness/random.js';
import { needs } from '../../harness/require.js';
import { removeTemp } from '../../harness/temp.js';
import { builtAssets } from './assets.js';
import { reported } from './store.js';

interface Shape {
  readonly blobs: number;
  readonly repositories: number;
  /** 1 spreads the sizes evenly; more makes few of them large. */
  readonly skew: number;
}

const HUGE: Shape = { blobs: 860_000, repositories: 2_000, skew: 6 };
const EVEN: Shape = { blobs: 24_000, repositories: 60, skew: 1 };
/** Blobs of one image: a manifest and what it refers to. */
const IMAGE = 4;

function shards({ blobs, skew }: Shape): BlobShard[] {
  const random = new Random('huge');
  const each = Math.ceil(blobs / 256);
  return Array.from({ length: 256 }, (_, prefix) => {
    const count = Math.max(0, Math.min(each, blobs - prefix * each));
    const digests = new Uint8Array(count * 32);
    for (let i = 0; i < count; i++) {
      digests.set([prefix, i >>> 16, i >>> 8, i], i * 32);
      digests.set(random.bytes(28), i * 32 + 4);
    }
    const size = Float64Array.from({ length: count }, () =>
      Math.floor(1e9 * random.float() ** skew),
    );
    return {
      ...{ algorithm: 'sha256', prefix, count, entries: count, digests, size },
      blocks: Uint32Array.from(size, (bytes) => Math.ceil(bytes / 512)),
      newest: new Uint32Array(count).map(() => OLD - random.below(4e7)),
      flags: new Uint8Array(count),
    };
  });
}

/** Every fourth blob is the manifest of the three after it; one image in eight has no tag. */
function manifests({ blobs }: Shape): ManifestTable {
  const nodes = Uint32Array.from({ length: blobs / IMAGE }, (_, i) => i * IMAGE);
  const starts = Uint32Array.from({ length: nodes.length + 1 }, (_, i) => i * 3);
  const targets = Uint32Array.from({ length: nodes.length * 3 }, (_, i) => {
    const image = Math.floor(i / 3);
    return i % 3 === 2 && image % 5 === 0 ? 1 + (image % 50) : image * IMAGE + 1 + (i % 3);
  });
  const none = new Uint32Array();
  return new ManifestTable(nodes, new Uint8Array(nodes.length), starts, targets, none, none, blobs);
}

function repository({ blobs, repositories }: Shape, number: number): RepositoryFacts {
  const images = blobs / IMAGE / repositories;
  const first = Math.floor(number * images);
  const node = Uint32Array.from({ length: Math.floor(images) }, (_, i) => (first + i) * IMAGE);
  const tagged = node.filter((_, i) => i % 8 !== 0);
  const none = new Uint32Array();
  return {
    name: `team-${number % 40}/apps/service-${number}`,
    tags: {
      names: Array.from(tagged, (_, i) => `release-1.${i}`),
      target: tagged,
      changed: tagged.map(() => OLD),
    },
    revisions: { node, target: node, pushed: node.map(() => OLD), newest: node.map(() => OLD) },
    layers: Uint32Array.from(node, (at) => at + 1),
    newestLayerLink: OLD,
    danglingLayers: { node: none, changed: none },
    history: { tag: none, node: none },
    badLayers: [],
    uploads: [],
    parts: ['_manifests', '_layers'],
    keepAllReason: undefined,
    immovable: undefined,
    foreign: false,
    unseen: false,
  };
}

async function factsOf(shape: Shape): Promise<Facts> {
  return {
    ...(await new Store().facts()),
    scannedAtMs: NOW * 1000,
    blobs: new BlobTable(shards(shape)),
    repositories: Array.from({ length: shape.repositories }, (_, i) => repository(shape, i)),
    manifests: manifests(shape),
  };
}

/** Runs in the page: milliseconds until its script was through. */
const DRAWN = "performance.getEntriesByType('navigation')[0].domComplete";

const LIMIT_MS = 2000;
/** Other work on the machine may slow the first ones. */
const TRIES = 3;

describe('a page of very many blobs', needs('chromium'), () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'regsweep-page-'));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await removeTemp(folder);
  });

  async function write(
    shape: Shape,
    limits: Partial<PageLimits> = {},
  ): Promise<{ path: string; bytes: number }> {
    const look = reported(await factsOf(shape), { deleteUntagged: true });
    const data = pageData(look, { ...PAGE_LIMITS, ...limits });
    expect(data.totals.blobs).toBe(shape.blobs);
    expect(data.totals.garbage.blobs).toBeGreaterThan(shape.blobs / 12);
    const html = [...pageChunks(data, builtAssets(), sha256Base64)].join('');
    const path = join(folder, `${shape.blobs}.html`);
    writeFileSync(path, html);
    return { path, bytes: Buffer.byteLength(html) };
  }

  it('is under 5 MB and opens in under 2 s, with 860,000 of them', async () => {
    const { path, bytes } = await write(HUGE);
    expect(bytes).toBeLessThan(5e6);
    let fastestMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < TRIES && fastestMs >= LIMIT_MS; i++) {
      const { page, complaints, requests } = await show(browser, path);
      expect([complaints, requests]).toEqual([[], []]);
      fastestMs = Math.min(fastestMs, Number(await page.evaluate(DRAWN)));
      await page.close();
    }
    expect(fastestMs).toBeLessThan(LIMIT_MS);
    process.stderr.write(
      `page of ${HUGE.blobs} blobs: ${bytes} bytes, drawn in ${Math.round(fastestMs)} ms\n`,
    );
  });

  it('draws on canvas what is too much for SVG, and zooms into SVG', async () => {
    const { path } = await write(EVEN, { blobs: EVEN.blobs });
    const { page, complaints } = await show(browser, path, { width: 1600, height: 1000 });
    expect(await page.evaluate(PICTURE)).toEqual(['canvas']);
    const colors = Number(await page.evaluate(COLORS));
    expect(colors).toBeGreaterThan(8);
    await page.locator('.picture').click({ position: { x: 8, y: 8 } });
    expect(await page.evaluate(PICTURE)).toEqual(['svg']);
    expect(await page.locator('.trail [aria-current]').innerText()).toBe('orphaned blobs');
    expect(complaints).toEqual([]);
  });
});

/** Runs in the page. */
const PICTURE = "[...document.querySelector('.picture').children].map((e) => e.localName)";

/** Runs in the page: how many different colours the canvas has. */
const COLORS = `(() => {
  const canvas = document.querySelector('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
})()`;
