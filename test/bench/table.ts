/** The table of blobs alone, with as many digests as asked for: its memory, and what a look-up takes. */
import { randomFillSync } from 'node:crypto';
import { type BlobShard, BlobTable } from '../../src/facts/tables/blob-table.js';
import type { Section } from './markdown.js';

const PREFIXES = 256;
const WIDTH = 32;
const LOOKUPS = 1_000_000;

/** Random digests in ascending order: their leading bytes count up, the others are random. */
function shard(prefix: number, count: number): BlobShard {
  const digests = randomFillSync(new Uint8Array(count * WIDTH));
  const view = new DataView(digests.buffer);
  const step = 2 ** 32 / count;
  for (let i = 0; i < count; i++) {
    digests[i * WIDTH] = prefix;
    view.setUint32(i * WIDTH + 1, Math.floor((i + Math.random()) * step));
  }
  return {
    algorithm: 'sha256',
    prefix,
    count,
    entries: count,
    digests,
    size: new Float64Array(count).fill(1),
    blocks: new Uint32Array(count).fill(8),
    newest: new Uint32Array(count).fill(1),
    flags: new Uint8Array(count).fill(1),
  };
}

/** Nanoseconds for each look-up of what `at` fills in, and how many were found. */
function lookUp(table: BlobTable, fill: (out: Uint8Array) => void): { ns: number; found: number } {
  const wanted = new Uint8Array(LOOKUPS * WIDTH);
  for (let i = 0; i < LOOKUPS; i++) fill(wanted.subarray(i * WIDTH, (i + 1) * WIDTH));
  const begin = performance.now();
  let found = 0;
  for (let i = 0; i < LOOKUPS; i++) if (table.find('sha256', wanted, i * WIDTH) >= 0) found += 1;
  return { ns: ((performance.now() - begin) * 1e6) / LOOKUPS, found };
}

export function tableSection(digests: number): Section {
  const each = Math.ceil(digests / PREFIXES);
  const before = process.memoryUsage().rss;
  const shards = Array.from({ length: PREFIXES }, (_, prefix) => shard(prefix, each));
  const begin = performance.now();
  const table = new BlobTable(shards);
  const built = performance.now() - begin;
  const bytes = process.memoryUsage().rss - before;
  const present = lookUp(table, (out) => {
    const { digests: all } = shards[Math.floor(Math.random() * PREFIXES)]!;
    const row = Math.floor(Math.random() * each);
    out.set(all.subarray(row * WIDTH, (row + 1) * WIDTH));
  });
  const absent = lookUp(table, (out) => randomFillSync(out));
  if (present.found !== LOOKUPS || absent.found !== 0) throw new Error('a look-up went wrong');
  const text = [
    `${table.count.toLocaleString('en-US')} digests with sizes, times and flags, simulated:`,
    `${(bytes / 1e9).toFixed(2)} GB, ${(bytes / table.count).toFixed(1)} bytes a digest;`,
    `joining the folders' columns takes ${built.toFixed(1)} ms, a look-up of a random digest`,
    `${present.ns.toFixed(0)} ns where it is there and ${absent.ns.toFixed(0)} ns where it isn't.`,
  ].join('\n');
  return { title: 'The table of blobs', text, results: [], targets: [] };
}
