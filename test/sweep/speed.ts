/**
 * `npx tsx test/sweep/speed.ts [blobs] [rounds]`: quarantine of that many blobs against `mv` of
 * the same folders: by one `mv` into one folder, and by one `mv` per parent as the trash has it.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { blobPath } from '../../src/storage/layout.js';
import type { StorageTree } from '../../src/storage/port.js';
import { AuditLog, ensureState, execute, openState } from '../../src/sweep/index.js';
import { clearanceFor, digestOf, itemsOf, makeRoot, treeOf } from './helpers.js';

const blobs = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 3);

function makeTree(): StorageTree {
  const tree = treeOf(makeRoot());
  for (let i = 0; i < blobs; i++) {
    const folder = `${tree.v2}/${blobPath(digestOf(String(i)))}`;
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(`${folder}/data`, 'x');
  }
  execFileSync('sync', ['-f', tree.v2]);
  return tree;
}

const paths = Array.from({ length: blobs }, (_, i) => blobPath(digestOf(String(i)))).sort();
const byParent = groups();

function groups(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const item of paths) {
    const parent = path.dirname(item);
    found.set(parent, [...(found.get(parent) ?? []), item]);
  }
  return found;
}

function timeMv(flat: boolean): number {
  const tree = makeTree();
  const trash = `${tree.rootDirectory}/trash`;
  const script = flat
    ? `mkdir ${trash}\nls -d blobs/*/*/* | xargs mv -t ${trash}\n`
    : [...byParent].map(([to, from]) => mvInto(`${trash}/${to}`, from)).join('');
  const began = performance.now();
  execFileSync('sh', { input: script, cwd: tree.v2 });
  const took = performance.now() - began;
  fs.rmSync(tree.rootDirectory, { recursive: true });
  return took;
}

const mvInto = (to: string, from: readonly string[]): string =>
  `mkdir -p ${to}\nmv -t ${to} ${from.join(' ')}\n`;

async function timeSweep(withAudit: boolean): Promise<number> {
  const tree = makeTree();
  const items = itemsOf(
    tree,
    paths.map((item) => ['blob', item] as const),
  );
  const state = openState(tree);
  ensureState(state);
  const began = performance.now();
  const result = await execute({
    tree,
    state,
    clearance: clearanceFor(tree).clearance,
    items,
    command: 'sweep',
    runId: 'run',
    planId: 'plan',
    options: { quarantine: true },
    ...(withAudit ? { audit: new AuditLog(state.auditPath) } : {}),
  });
  const took = performance.now() - began;
  if (result.moved.blob !== blobs) throw new Error(`moved ${JSON.stringify(result)}`);
  fs.rmSync(tree.rootDirectory, { recursive: true });
  return took;
}

for (let round = 0; round < rounds; round++) {
  const [flat, same] = [timeMv(true), timeMv(false)];
  const [plain, audited] = [await timeSweep(false), await timeSweep(true)];
  const ratio = (took: number, of: number): string => (took / of).toFixed(2);
  console.log(
    `mv into one folder ${flat.toFixed(0)} ms, by parent ${same.toFixed(0)} ms; ` +
      `sweep ${plain.toFixed(0)} ms, with audit ${audited.toFixed(0)} ms; ` +
      `ratio ${ratio(plain, flat)} / ${ratio(plain, same)}, ` +
      `with audit ${ratio(audited, flat)} / ${ratio(audited, same)}`,
  );
}
