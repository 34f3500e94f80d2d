/** Trees that somebody prepared: a sweep of them, and what must hold whatever it makes of them. */
import fs from 'node:fs';
import type { Output } from '../harness/process.js';
import type { Case } from './engine.js';
import type { Lab } from './lab.js';
import { mustComeBack, mustHold } from './promise.js';
import { clone, discard, surroundingsOf, type Template, treeOf } from './store.js';

export const V2 = 'root/docker/registry/v2';

export interface Attack {
  readonly name: string;
  /** @param v2 absolute */
  readonly make: (v2: string, folder: string) => void;
  /** Undone before the tree is looked at for the last time: mounts, immutable files. */
  readonly undo?: (v2: string, folder: string) => void;
  /** This repository can't be understood any more: nothing of it may go. */
  readonly whole?: string;
  /** Further digests that are alive by what was made. */
  readonly live?: readonly string[];
  readonly flags?: readonly string[];
  /** What the command may answer; by default anything but a crash. */
  readonly codes?: readonly number[];
  readonly memory?: boolean;
}

/** One case of each attack. */
export const attacks = (lab: Lab, template: Template, list: readonly Attack[]): Case[] =>
  list.map((attack) => ({ name: attack.name, run: () => run(lab, template, attack) }));

async function run(lab: Lab, base: Template, attack: Attack): Promise<number> {
  const folder = clone(base, lab.fresh(attack.memory === false ? 'disk' : 'memory', 'attack'));
  const v2 = `${folder}/${V2}`;
  attack.make(v2, folder);
  try {
    const template = after(base, folder, attack);
    const said = await lab.run('unguarded', 'sweep', `${folder}/root`, ...(attack.flags ?? []));
    requireSane(said, attack.codes ?? [0, 1, 3, 10, 12, 13]);
    mustHold(template, folder, true, said);
    attack.undo?.(v2, folder);
    await mustComeBack(lab, { ...template, surroundings: surroundingsOf(folder) }, folder);
  } finally {
    attack.undo?.(v2, folder);
  }
  discard(folder);
  return 1;
}

/** What the attack made is as much to be kept as what was there before. */
function after(base: Template, folder: string, { whole, live = [] }: Attack): Template {
  const tree = treeOf(folder);
  const prefix = `repositories/${whole}/_`;
  const own = [...tree.keys()].filter(
    (name) => whole !== undefined && name.startsWith(prefix) && /_layers|revisions/.test(name),
  );
  const named = own.map((name) => /\/(sha\d+)\/(\w+)\/link$/.exec(name));
  const blobs = named.flatMap((match) => {
    const file = match && `blobs/${match[1]}/${match[2]!.slice(0, 2)}/${match[2]}/data`;
    return match && tree.has(file!) ? [file!] : [];
  });
  const links = own.filter((_, i) => named[i] !== null);
  const kept = [...base.kept, ...links, ...blobs].filter((name) => tree.has(name));
  return {
    folder,
    tree,
    surroundings: surroundingsOf(folder),
    live: [...base.live.filter((digest) => isBlob(tree, digest)), ...live],
    kept,
  };
}

function isBlob(tree: ReadonlyMap<string, string>, digest: string): boolean {
  const [algorithm = '', hex = ''] = digest.split(':');
  const text = tree.get(`blobs/${algorithm}/${hex.slice(0, 2)}/${hex}/data`);
  return text?.startsWith('100') === true;
}

export function requireSane({ code, stderr }: Output, codes: readonly number[]): void {
  const crashed = /TypeError|RangeError|ReferenceError|SyntaxError|heap out of memory/.test(stderr);
  if (!crashed && codes.includes(code)) return;
  throw new Error(`exit ${code}: ${stderr.slice(-800)}`);
}

/** The file as it stands, replaced by something else. */
export function replace(path: string, make: (path: string) => void): void {
  fs.rmSync(path, { recursive: true, force: true });
  make(path);
}

/** Link files of the template's repository `app` by what they are. */
export function linksOf(
  template: Template,
): Record<'tag' | 'revision' | 'untagged' | 'layer', string> {
  const find = (pattern: RegExp, kept: boolean): string => {
    const names = [...template.tree.keys()].filter((name) => pattern.test(name));
    const found = names.find((name) => template.kept.includes(name) === kept);
    if (found === undefined) throw new Error(`the template has no ${pattern}`);
    return found;
  };
  return {
    tag: find(/^repositories\/app\/_manifests\/tags\/v1\/current\/link$/, true),
    revision: find(/^repositories\/app\/_manifests\/revisions\/.*link$/, true),
    untagged: find(/^repositories\/app\/_manifests\/revisions\/.*link$/, false),
    layer: find(/^repositories\/app\/_layers\/.*link$/, false),
  };
}
