/** What lies in quarantine, told by its files alone, and what its manifests need to come back whole. */
import fs from 'node:fs';
import { filesIn } from './store.js';

const BLOB = /^blobs\/(\w+)\/\w\w\/(\w+)\/data$/;
const REVISION = /^repositories\/.+\/_manifests\/revisions\/(\w+)\/(\w+)\/link$/;

interface Manifest {
  readonly names: readonly string[];
  readonly subject: string | undefined;
}

export interface Wanted {
  /** Digests that a manifest in quarantine leads to, its referrers too. */
  readonly needed: ReadonlySet<string>;
  /** Of these, and of the blobs in quarantine, all. */
  readonly neededOrThere: ReadonlySet<string>;
}

/** Run folders, except of runs that were to delete what they moved. */
export function keptRuns(root: string): string[] {
  const runs = `${root}/.regsweep/runs`;
  if (!fs.existsSync(runs)) return [];
  const folders = fs.readdirSync(runs).map((id) => `${runs}/${id}`);
  return folders.filter((folder) => {
    const journal = `${folder}/journal.jsonl`;
    const [first = ''] = fs.existsSync(journal) ? fs.readFileSync(journal, 'utf8').split('\n') : [];
    return first.includes('"quarantine":true');
  });
}

export function wantedByQuarantine(root: string): Wanted {
  const trashes = keptRuns(root).map((folder) => `${folder}/trash`);
  const all = new Map<string, Manifest>();
  const places = fs.existsSync(`${root}/.regsweep/runs`)
    ? fs.readdirSync(`${root}/.regsweep/runs`).map((id) => `${root}/.regsweep/runs/${id}/trash`)
    : [];
  for (const folder of [`${root}/docker/registry/v2`, ...places]) readManifests(folder, all);
  const paths = trashes.flatMap((folder) => [...filesIn(folder).keys()]);
  const needed = closure(digestsIn(paths, REVISION), all);
  return { needed, neededOrThere: new Set([...needed, ...digestsIn(paths, BLOB)]) };
}

const digestsIn = (paths: readonly string[], shape: RegExp): string[] =>
  paths.flatMap((path) => {
    const found = shape.exec(path);
    return found === null ? [] : [`${found[1]}:${found[2]}`];
  });

function readManifests(folder: string, found: Map<string, Manifest>): void {
  for (const path of filesIn(folder).keys()) {
    const [digest] = digestsIn([path], BLOB);
    const json = digest && objectIn(`${folder}/${path}`);
    if (!digest || json === undefined) continue;
    const lists = [json.layers, json.manifests, json.blobs, json.config].flat();
    const names = lists.map((item) => item?.digest).filter((name) => typeof name === 'string');
    found.set(digest, { names, subject: json.subject?.digest });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON there is
function objectIn(path: string): any {
  const text = fs.readFileSync(path, 'latin1');
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function closure(start: readonly string[], manifests: ReadonlyMap<string, Manifest>): Set<string> {
  const found = new Set<string>();
  const open = [...start];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (found.has(digest)) continue;
    found.add(digest);
    open.push(...(manifests.get(digest)?.names ?? []));
    for (const [other, { subject }] of manifests) if (subject === digest) open.push(other);
  }
  return found;
}
