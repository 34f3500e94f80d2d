/**
 * Makes the benchmark's tree, straight on the disk.
 *
 *   npx tsx test/bench/generate.ts --tree DIR [--blobs 86000] [--repositories 200] [--seed 1]
 */
import { fork } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Digest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import { Random } from '../harness/random.js';
import {
  type BenchRepository,
  type BenchShape,
  baseLayers,
  benchRepository,
  type Content,
  type Layer,
} from './model.js';

export const DEFAULT_SHAPE: BenchShape = { blobs: 86_000, repositories: 200, seed: 1 };
/** Written last: a tree without it was left half made. */
export const STAMP = 'bench-tree.json';

const SHARE = 'REGSWEEP_BENCH_SHARE';
const YEAR_MS = 365 * 86_400_000;

/** Writes beneath `docker/registry/v2`, with times spread over the last year. */
class TreeWriter {
  readonly #base: string;
  readonly #made = new Set<string>();
  readonly #random: Random;
  readonly #now = Date.now() - 3 * 86_400_000;

  constructor(tree: string, seed: string) {
    this.#base = join(tree, layout.V2);
    this.#random = new Random(seed);
  }

  folder(path: string): void {
    if (this.#made.has(path)) return;
    fs.mkdirSync(`${this.#base}/${path}`, { recursive: true });
    this.#made.add(path);
  }

  file(parent: string, folder: string, name: string, content: Buffer | string | number): void {
    this.folder(parent);
    const where = `${this.#base}/${folder}`;
    fs.mkdirSync(where);
    const fd = fs.openSync(`${where}/${name}`, 'wx', 0o644);
    if (typeof content === 'number') fs.ftruncateSync(fd, content);
    else fs.writeSync(fd, content as string);
    const time = (this.#now - this.#random.float() * YEAR_MS) / 1000;
    fs.futimesSync(fd, time, time);
    fs.closeSync(fd);
  }

  blob(digest: Digest, content: Buffer | number): void {
    const folder = layout.blobPath(digest);
    this.file(folder.slice(0, folder.lastIndexOf('/')), folder, layout.DATA, content);
  }

  link(folder: string, digest: Digest): void {
    this.file(folder.slice(0, folder.lastIndexOf('/')), folder, layout.LINK, digest);
  }
}

function writeRepository(out: TreeWriter, repo: BenchRepository): void {
  for (const content of [...repo.manifests, ...repo.configs])
    out.blob(content.digest, content.bytes);
  for (const layer of repo.layers) out.blob(layer.digest, layer.size);
  const linked: (Content | Layer)[] = [...repo.configs, ...repo.layers, ...repo.mounted];
  for (const { digest } of linked) out.link(layout.layerPath(repo.name, digest), digest);
  out.folder(layout.uploadsPath(repo.name));
  for (const { digest } of repo.manifests) {
    const folder = layout.revisionPath(repo.name, digest);
    if (repo.deleted.has(digest)) out.folder(folder);
    else out.link(folder, digest);
  }
  for (const tag of repo.tags) {
    for (const digest of tag.history) {
      out.link(layout.tagHistoryPath(repo.name, tag.name, digest), digest);
    }
    out.link(layout.tagCurrentPath(repo.name, tag.name), tag.history.at(-1)!);
  }
}

interface Share {
  readonly tree: string;
  readonly shape: BenchShape;
  readonly worker: number;
  readonly workers: number;
}

function writeShare({ tree, shape, worker, workers }: Share): void {
  const out = new TreeWriter(tree, `${shape.seed}/times/${worker}`);
  const bases = baseLayers(shape);
  if (worker === 0) for (const base of bases) out.blob(base.digest, base.size);
  for (let i = worker; i < shape.repositories; i += workers) {
    writeRepository(out, benchRepository(shape, bases, i));
  }
}

function runWorker(share: Share): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [], {
      env: { ...process.env, [SHARE]: JSON.stringify(share) },
    });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`))));
  });
}

/** Makes the tree, or keeps one that is whole and has the same shape. */
export async function generateTree(tree: string, shape: BenchShape, workers = 2): Promise<void> {
  const stamp = join(tree, STAMP);
  if (fs.existsSync(stamp)) {
    const found = JSON.stringify(JSON.parse(fs.readFileSync(stamp, 'utf8')));
    if (found === JSON.stringify(shape)) return;
  }
  if (fs.existsSync(join(tree, layout.V2))) {
    throw new Error(`${tree} holds another or a half made tree: name an empty folder`);
  }
  fs.mkdirSync(join(tree, layout.V2), { recursive: true });
  const shares = Array.from({ length: workers }, (_, worker) => ({ tree, shape, worker, workers }));
  await Promise.all(shares.map(runWorker));
  fs.writeFileSync(stamp, JSON.stringify(shape));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tree: { type: 'string' },
      blobs: { type: 'string', default: String(DEFAULT_SHAPE.blobs) },
      repositories: { type: 'string', default: String(DEFAULT_SHAPE.repositories) },
      seed: { type: 'string', default: String(DEFAULT_SHAPE.seed) },
    },
  });
  if (values.tree === undefined) throw new Error('--tree DIR is needed');
  const shape = {
    blobs: Number(values.blobs),
    repositories: Number(values.repositories),
    seed: Number(values.seed),
  };
  const start = performance.now();
  await generateTree(values.tree, shape);
  process.stderr.write(`${values.tree}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const share = process.env[SHARE];
  if (share === undefined) await main();
  else writeShare(JSON.parse(share) as Share);
}
