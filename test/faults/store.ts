/** The store that faults are made on, what of it must stay, and what must hold after each fault. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as images from '../harness/images.js';
import { TreeBuilder } from '../harness/offline.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { snapshot } from '../harness/snapshot.js';

const V2 = 'root/docker/registry/v2';

/** A folder with `root`, the registry's rootdirectory, and `outside`, which nobody may touch. */
export interface Template {
  readonly folder: string;
  /** Of the tree: path → type, mode, owner, time, content. */
  readonly tree: ReadonlyMap<string, string>;
  readonly surroundings: ReadonlyMap<string, string>;
  /** Stored digests that the oracle says live, when untagged manifests go. */
  readonly live: readonly string[];
  /** Files that no sweep may take: tags, the links and blobs of what lives. */
  readonly kept: readonly string[];
}

const OLD = Date.parse('2024-03-01T12:00:00Z');

/** Every kind of item that a sweep with `-m` takes, beside what lives. */
function fill(builder: TreeBuilder): void {
  const random = new Random('faults');
  const base = images.dockerImage(random);
  builder.at(OLD);
  builder.push('app', base, 'v1');
  const list = images.manifestList([images.dockerImage(random), images.ociImage(random)]);
  builder.push('app', list, 'multi');
  builder.push('app', images.referrer(random, base));
  builder.push('app', images.dockerImage(random), 'latest');
  builder.push(
    'app',
    images.dockerImage(random, [...base.blobs.slice(1, 2), images.randomLayer(random)]),
    'latest',
  );
  builder.push('app', images.ociIndex([images.ociImage(random)]));
  builder.push('app/worker', images.sha512Image(random), 'v1');
  builder.push('app/worker', images.ociImage(random, [...base.blobs.slice(1)]));
  builder.layer('team/dead', random.bytes(900));
  builder.folder('repositories/team/dead/_manifests/tags/old');
  builder.push('team/dead/alive', images.buildkitCache(random), 'cache');
  builder.blob(random.bytes(5000));
  builder.blob(random.bytes(10));
  builder.upload('app', 'b2f1', random.bytes(300), OLD);
  const empty = `blobs/sha256/00/00${'ab'.repeat(31)}`;
  builder.folder(empty).folder(`repositories/app/_manifests/revisions/sha256/${'cd'.repeat(32)}`);
}

export function makeTemplate(
  folder: string,
  more: (builder: TreeBuilder, folder: string) => void = () => {},
): Template {
  const builder = new TreeBuilder(`${folder}/root`);
  fill(builder);
  fs.mkdirSync(`${folder}/outside`);
  fs.writeFileSync(`${folder}/outside/precious`, 'not regsweep’s');
  fs.writeFileSync(`${folder}/root/notes.txt`, 'not regsweep’s either');
  fs.chmodSync(`${folder}/${V2}/repositories/app/_layers`, 0o2750);
  more(builder, folder);
  return templateOf(folder);
}

export function templateOf(folder: string): Template {
  const tree = treeOf(folder);
  const { live, expired } = oracle(`${folder}/root`, true);
  return {
    folder,
    tree,
    surroundings: surroundingsOf(folder),
    live,
    kept: keptOf(tree, live, expired),
  };
}

function keptOf(
  tree: ReadonlyMap<string, string>,
  live: readonly string[],
  expired: readonly string[],
): string[] {
  const alive = new Set(live);
  const gone = new Set(expired);
  return [...tree.keys()].filter((name) => {
    const blob = /^blobs\/(\w+)\/\w\w\/(\w+)\/data$/.exec(name);
    if (blob !== null) return alive.has(`${blob[1]}:${blob[2]}`);
    const revision = /^repositories\/(.+)\/_manifests\/revisions\/(\w+)\/(\w+)\/link$/.exec(name);
    if (revision !== null) return !gone.has(`${revision[1]}@${revision[2]}:${revision[3]}`);
    return /\/_manifests\/tags\/[^/]+\/current\/link$/.test(name);
  });
}

export const treeOf = (folder: string): Map<string, string> =>
  snapshot(`${folder}/${V2}`, { folderTimes: false });

export const surroundingsOf = (folder: string): Map<string, string> =>
  snapshot(folder, {
    folderTimes: false,
    except: (name) => name === 'root/docker' || name === 'root/.regsweep',
  });

/** A copy of the template for one case. */
export function clone(template: Pick<Template, 'folder'>, target: string): string {
  execFileSync('cp', ['-a', template.folder, target]);
  return target;
}

export function discard(folder: string): void {
  execFileSync('rm', ['-rf', '--one-file-system', folder]);
}

/** Runs that lie in quarantine, each with its files. */
export function trashOf(folder: string): Map<string, Map<string, string>> {
  const runs = `${folder}/root/.regsweep/runs`;
  const found = new Map<string, Map<string, string>>();
  if (!fs.existsSync(runs)) return found;
  for (const id of fs.readdirSync(runs)) {
    const trash = path.join(runs, id, 'trash');
    if (fs.existsSync(trash)) found.set(id, snapshot(trash, { folderTimes: false }));
  }
  return found;
}

export const isFile = (text: string): boolean => text.startsWith('100') || text.startsWith('120');

/** What holds at every moment, whatever happened. @returns what doesn't */
export function brokenNow(template: Template, folder: string, reversible: boolean): string[] {
  const problems: string[] = [];
  const tree = treeOf(folder);
  for (const [name, text] of tree) {
    const before = template.tree.get(name);
    if (isFile(text) && before !== text) problems.push(`${name} is ${text}, was ${before}`);
  }
  for (const name of template.kept) if (!tree.has(name)) problems.push(`${name} lives and is gone`);
  problems.push(...brokenBlobs(template, folder));
  if (reversible) problems.push(...lostFiles(template, folder, tree));
  problems.push(...differences(template.surroundings, surroundingsOf(folder)));
  return problems;
}

/** Asks the disk itself: each live digest is hashed where the registry would read it. */
function brokenBlobs({ live }: Template, folder: string): string[] {
  return live.filter((digest) => {
    const [algorithm = '', hex = ''] = digest.split(':');
    const file = `${folder}/${V2}/blobs/${algorithm}/${hex.slice(0, 2)}/${hex}/data`;
    if (!fs.existsSync(file)) return true;
    return createHash(algorithm).update(fs.readFileSync(file)).digest('hex') !== hex;
  });
}

function lostFiles(
  template: Template,
  folder: string,
  tree: ReadonlyMap<string, string>,
): string[] {
  const runs = [...trashOf(folder).values()];
  const problems: string[] = [];
  for (const [name, text] of template.tree) {
    if (!isFile(text) || tree.get(name) === text) continue;
    if (!runs.some((run) => run.get(name) === text)) problems.push(`${name} is nowhere`);
  }
  return problems;
}

export function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const problems: string[] = [];
  for (const [name, text] of before) {
    if (after.get(name) !== text) problems.push(`${name}: ${text} became ${after.get(name)}`);
  }
  for (const name of after.keys()) if (!before.has(name)) problems.push(`${name} is new`);
  return problems;
}
