/** Small trees on the real disk, built with the product's own path functions. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ACTION_KINDS, type ActionKind } from '../../src/graph/action-kinds.js';
import type { Clearance } from '../../src/guard/model/types.js';
import type { PlannedItem } from '../../src/plan/types.js';
import type { Digest } from '../../src/storage/digest.js';
import type { EntrySnapshot } from '../../src/storage/entry-snapshot.js';
import {
  blobPath,
  layerPath,
  linkOf,
  revisionPath,
  tagCurrentPath,
  tagHistoryPath,
  tagPath,
  uploadPath,
  V2,
} from '../../src/storage/layout.js';
import { fsPath } from '../../src/storage/names.js';
import type { StorageTree } from '../../src/storage/port.js';
import { listNames } from '../../src/storage/writer/folder-meta.js';

export const digestOf = (text: string): Digest =>
  `sha256:${createHash('sha256').update(text).digest('hex')}` as Digest;

export function makeRoot(parent = os.tmpdir()): string {
  return fs.realpathSync(fs.mkdtempSync(path.join(parent, 'regsweep-sweep-')));
}

export function treeOf(rootDirectory: string): StorageTree {
  const v2 = `${rootDirectory}/${V2}`;
  fs.mkdirSync(v2, { recursive: true });
  const stat = fs.statSync(v2, { bigint: true });
  return {
    rootDirectory,
    v2,
    device: Number(stat.dev),
    inode: String(stat.ino),
    filesystemId: 'test',
    viaSymlink: false,
  };
}

let second = 1_600_000_000;

export function write(tree: StorageTree, rel: string, content: string): void {
  const file = `${tree.v2}/${rel}`;
  fs.mkdirSync(fsPath(path.dirname(file)), { recursive: true });
  fs.writeFileSync(fsPath(file), content);
  second += 61;
  fs.utimesSync(fsPath(file), second, second + 0.25);
}

export function addBlob(tree: StorageTree, content: string): Digest {
  const digest = digestOf(content);
  write(tree, `${blobPath(digest)}/data`, content);
  return digest;
}

/** A tagged image of one layer: what a push leaves. */
export function push(tree: StorageTree, repository: string, tag: string, layer: string): Digest[] {
  const blob = addBlob(tree, layer);
  const manifest = addBlob(tree, `manifest of ${layer}`);
  write(tree, linkOf(layerPath(repository, blob)), blob);
  write(tree, linkOf(revisionPath(repository, manifest)), manifest);
  write(tree, linkOf(tagHistoryPath(repository, tag, manifest)), manifest);
  write(tree, linkOf(tagCurrentPath(repository, tag)), manifest);
  return [manifest, blob];
}

/** All of an image, and an upload, an empty folder and the repository that remains. */
export function removalOf(tree: StorageTree, repository: string, tag: string, layer: string) {
  const [manifest, blob] = [digestOf(`manifest of ${layer}`), digestOf(layer)];
  return itemsOf(tree, [
    ['tag', tagPath(repository, tag)],
    ['revision', revisionPath(repository, manifest)],
    ['layer-link', layerPath(repository, blob)],
    ['upload', uploadPath(repository, 'u-1')],
    ['blob', blobPath(manifest)],
    ['blob', blobPath(blob)],
    ['empty-directory', path.dirname(blobPath(manifest))],
    ['empty-directory', path.dirname(blobPath(blob))],
    ['repository', `repositories/${repository}`],
  ]);
}

export function itemsOf(
  tree: StorageTree,
  actions: readonly (readonly [ActionKind, string])[],
): PlannedItem[] {
  return actions
    .map(([kind, rel]) => ({ action: { kind, path: rel, reason: 'test' }, seen: see(tree, rel) }))
    .sort((a, b) => ACTION_KINDS.indexOf(a.action.kind) - ACTION_KINDS.indexOf(b.action.kind));
}

export function see(tree: StorageTree, rel: string): EntrySnapshot[] {
  const found: EntrySnapshot[] = [];
  const visit = (name: string): void => {
    const file = fsPath(`${tree.v2}/${rel}${name === '' ? '' : `/${name}`}`);
    const stat = fs.lstatSync(file);
    const { dev, ino, nlink, size, blocks, mtimeMs, ctimeMs } = stat;
    const type = stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'file';
    found.push({ name, type, dev, ino, nlink, size, blocks, mtimeMs, ctimeMs });
    if (type !== 'directory') return;
    for (const child of listNames(file)) visit(name === '' ? child : `${name}/${child}`);
  };
  visit('');
  return found;
}

/** Every entry below a folder with all that a sweep and a restore must keep. */
export function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (rel: string): void => {
    const file = fsPath(`${folder}/${rel}`);
    const stat = fs.lstatSync(file, { bigint: true });
    const content = stat.isFile() ? fs.readFileSync(file, 'latin1') : '';
    found[rel] = [stat.mode.toString(8), stat.uid, stat.gid, stat.mtimeNs, content].join(' ');
    if (stat.isDirectory()) for (const name of listNames(file)) visit(`${rel}/${name}`);
  };
  visit('.');
  return found;
}

/** Names and content only: what must not be lost, whatever happened to times. */
export function contentOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, text] of Object.entries(snapshot(folder))) {
    const content = text.split(' ').slice(4).join(' ');
    if (content !== '') found[name] = content;
  }
  return found;
}

export interface FakeClearance {
  readonly clearance: Clearance;
  calls: number;
}

/** A guard that holds, until its `failAt`-th answer. */
export function clearanceFor(
  tree: StorageTree,
  options: { failAt?: number; uploadsMovable?: boolean; onRenew?: (call: number) => void } = {},
): FakeClearance {
  const fake: FakeClearance = {
    calls: 0,
    clearance: {
      tree,
      state: 'stopped',
      verdict: { state: 'stopped', evidence: [], registries: [] },
      uploadsMovable: options.uploadsMovable ?? true,
      renew: async () => {
        fake.calls += 1;
        options.onRenew?.(fake.calls);
        if (fake.calls === options.failAt) {
          const { RegsweepError } = await import('../../src/util/errors.js');
          throw new RegsweepError('guard-refused', 'a registry was started');
        }
        return Date.now();
      },
    } as unknown as Clearance,
  };
  return fake;
}
