/**
 * What is written when: no power need fail to see it. An undisturbed run is traced, and at each
 * rename, link, unlink and rmdir the journal must be on the disk as it stands; at each record in the
 * journal, so must the folders that were changed before it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { itemsIn } from '../../../src/sweep/journal/item-groups.js';
import { parseRecord } from '../../../src/sweep/journal/records.js';
import { cloneSwept } from '../adopt.js';
import type { Group } from '../engine.js';
import type { Lab, Step } from '../lab.js';
import { clone, discard, makeTemplate, type Template } from '../store.js';
import { spawned } from '../strace.js';

const CALLS = ['openat', 'rename', 'link', 'unlink', 'rmdir', 'write', 'fsync'];

interface Seen {
  /** Descriptor → path when it was opened last. */
  readonly open: Map<string, string>;
  readonly dirty: Set<string>;
  readonly problems: string[];
  journal: 'clean' | 'dirty';
  /** Paths of the items that it names. */
  readonly told: Set<string>;
  changes: number;
}

/** `/proc/self/fd/20/data` → the folder and the name. */
function placeOf(name: string, { open }: Seen): string {
  const match = /^\/proc\/self\/fd\/(\d+)\/(.*)$/s.exec(name);
  return match === null ? name : `${open.get(match[1]!)}/${match[2]}`;
}

function look(line: string, seen: Seen, folder: string): void {
  const [, call, args = ''] = /^\d+ +(\w+)\((.*)$/s.exec(line) ?? [];
  if (call === 'openat') {
    const [, fd, target] = / = (\d+)<([^>]*)>$/.exec(line) ?? [];
    if (fd !== undefined) seen.open.set(fd, target!);
    return;
  }
  if (!line.endsWith(' = 0') && call !== 'write') return;
  const file = /^\d+<([^>]*)>/.exec(args)?.[1];
  if (call === 'fsync') {
    if (file?.endsWith('/journal.jsonl') === true) seen.journal = 'clean';
    else seen.dirty.delete(file ?? '');
  } else if (call === 'write') {
    if (file?.endsWith('/journal.jsonl') === true) recorded(args, seen);
  } else if (call !== undefined) {
    const names = [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) =>
      placeOf(match[1]!, seen),
    );
    if (names.every((name) => isItem(name, folder)))
      changed(call, names, seen, `${folder}/root/docker/registry/v2/`);
  }
}

/** Of the tree or the trash; not the journal, the lock and the like. */
const isItem = (name: string, folder: string): boolean =>
  name.startsWith(`${folder}/root/docker/`) || /\/\.regsweep\/runs\/[^/]+\/trash\//.test(name);

function changed(call: string, names: readonly string[], seen: Seen, v2: string): void {
  seen.changes += 1;
  if (seen.journal === 'dirty')
    seen.problems.push(`${call} ${path.basename(names[0]!)} before the journal's fsync`);
  const [from = '', to = v2] = names;
  // What goes out of the tree is named before it goes.
  if (call === 'rename' && from.startsWith(v2) && !to.startsWith(v2)) {
    if (!seen.told.has(from.slice(v2.length)))
      seen.problems.push(`${call} ${path.basename(from)} without an intent`);
  }
  for (const name of names) {
    seen.dirty.add(path.dirname(name));
    // A folder that is gone has nothing left to be kept.
    if (call === 'rmdir' || call === 'rename') {
      for (const below of seen.dirty) {
        if (`${below}/`.startsWith(`${names[0]}/`)) seen.dirty.delete(below);
      }
    }
  }
}

function recorded(text: string, seen: Seen): void {
  for (const path of pathsIn(text)) seen.told.add(path);
  for (const folder of seen.dirty) seen.problems.push(`a record before the fsync of ${folder}`);
  seen.dirty.clear();
  seen.journal = 'dirty';
}

/** Paths of the items in a traced write, as a recovery would read them. */
function pathsIn(args: string): string[] {
  const quoted = /"((?:[^"\\]|\\.)*)"/s.exec(args)?.[1] ?? '';
  const text = quoted.replace(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char));
  return text.split('\n').flatMap((line) => itemsIn(parseRecord(line)).map((item) => item.path));
}

/** Calls that others came between are two lines of the trace: each once, where it returned. */
function whole(lines: readonly string[]): string[] {
  const begun = new Map<string, string>();
  return lines.flatMap((line) => {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/s.exec(line) ?? [];
    const [, head] = /^(.*) <unfinished \.\.\.>$/s.exec(text) ?? [];
    if (head !== undefined) {
      begun.set(thread, head);
      return [];
    }
    const [, tail] = /^<\.\.\. \w+ resumed>(.*)$/s.exec(text) ?? [];
    return tail === undefined ? [line] : [`${thread} ${begun.get(thread)}${tail}`];
  });
}

async function inOrder(lab: Lab, template: Template, step: Step): Promise<number> {
  const target = lab.fresh('memory', 'order');
  const fromTemplate = step === 'sweep' || step === 'sweep --delete' || step === 'tidy';
  const folder = fromTemplate ? clone(template, target) : await cloneSwept(lab, template, target);
  const argv = lab.argv('unguarded', step, `${folder}/root`);
  const log = `${folder}.log`;
  const traced = ['-f', '-qq', '-y', '-s', '1000000', '-e', `trace=${CALLS.join(',')}`];
  const ended = await spawned('strace', [...traced, '-o', log, ...argv]);
  if (ended.code !== 0) throw new Error(`${step} ended with ${ended.code}: ${ended.stderr}`);
  const lines = fs.readFileSync(log, 'latin1').split('\n');
  const main = /^\d+/.exec(lines.find((line) => line.includes(' fsync(')) ?? '')?.[0];
  const seen: Seen = {
    open: new Map(),
    dirty: new Set(),
    problems: [],
    journal: 'clean',
    told: new Set(),
    changes: 0,
  };
  // Folders are fsynced by threads of the engine's own.
  for (const line of whole(lines)) {
    if (line.startsWith(`${main} `) || line.includes(' fsync(')) look(line, seen, folder);
  }
  fs.rmSync(log);
  discard(folder);
  if (seen.problems.length === 0) return seen.changes > 0 ? 1 : 0;
  throw new Error(`${seen.problems.length}:\n    ${seen.problems.slice(0, 6).join('\n    ')}`);
}

const STEPS: readonly Step[] = ['sweep', 'restore', 'purge', 'sweep --delete', 'tidy'];

export const order: Group = {
  name: 'order',
  full: STEPS.length,
  short: STEPS.length,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    return STEPS.slice(0, count).map((step) => ({
      name: `${step}: in order`,
      run: () => inOrder(lab, template, step),
    }));
  },
};
