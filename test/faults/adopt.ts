/** The identity and the journals of a copied store are those of the original: they are rewritten. */
import fs from 'node:fs';
import type { Lab } from './lab.js';
import { clone, type Template } from './store.js';

const inodeOf = (folder: string): string =>
  String(fs.statSync(`${folder}/root/docker/registry/v2`, { bigint: true }).ino);

const statOf = (folder: string): fs.BigIntStats =>
  fs.statSync(`${folder}/root/docker/registry/v2`, { bigint: true });

/** The copy gets the identity of the original: as if it had been the tree from the first. */
function adoptIdentity(copy: string): void {
  const path = `${copy}/root/.regsweep/tree.json`;
  if (!fs.existsSync(path)) return;
  const known = JSON.parse(fs.readFileSync(path, 'utf8')) as { binding: Record<string, string> };
  const { ino, birthtimeNs } = statOf(copy);
  const binding = {
    ...known.binding,
    root: `${copy}/root`,
    inode: `${ino}`,
    born: `${birthtimeNs}`,
  };
  fs.writeFileSync(path, JSON.stringify({ ...known, binding }));
}

export function adopt(original: string, copy: string): void {
  adoptIdentity(copy);
  const runs = `${copy}/root/.regsweep/runs`;
  if (!fs.existsSync(runs)) return;
  const [before, after] = [inodeOf(original), inodeOf(copy)];
  for (const id of fs.readdirSync(runs)) {
    const journal = `${runs}/${id}/journal.jsonl`;
    if (!fs.existsSync(journal)) continue;
    const text = fs.readFileSync(journal, 'latin1');
    const own = text.replace(`"inode":"${before}"`, `"inode":"${after}"`);
    const trash = `root/.regsweep/runs/${id}/trash`;
    const inodes = inodesBetween(`${original}/${trash}`, `${copy}/${trash}`);
    const lines = own.split('\n').map((line) => withInodes(line, inodes));
    fs.writeFileSync(journal, lines.join('\n'), 'latin1');
  }
}

/** From the inodes below one folder to those of the same paths below its copy. */
function inodesBetween(from: string, to: string): Map<number, number> {
  const inodes = new Map<number, number>();
  for (const path of fs.readdirSync(from, { recursive: true, encoding: 'latin1' })) {
    const [before, after] = [from, to].map((folder) => Buffer.from(`${folder}/${path}`, 'latin1'));
    inodes.set(fs.lstatSync(before!).ino, fs.lstatSync(after!).ino);
  }
  return inodes;
}

/** A line of a journal whose items are found in the copy: a restore knows them by their inodes. */
function withInodes(line: string, inodes: ReadonlyMap<number, number>): string {
  if (!line.startsWith('{"t":"item')) return line;
  const record = JSON.parse(line) as { ino?: number; of?: (string | [string, number])[] };
  const own = (ino: number): number => inodes.get(ino) ?? ino;
  if (record.ino !== undefined) record.ino = own(record.ino);
  for (const entry of record.of ?? []) if (typeof entry !== 'string') entry[1] = own(entry[1]);
  return JSON.stringify(record);
}

const swept = new Map<Template, Promise<string>>();

/** A copy of the template after an undisturbed sweep, which is made only once. */
export async function cloneSwept(lab: Lab, template: Template, target: string): Promise<string> {
  let original = swept.get(template);
  if (original === undefined) {
    original = sweepOnce(lab, clone(template, lab.fresh('memory', 'swept')));
    swept.set(template, original);
  }
  const folder = await original;
  clone({ folder }, target);
  adopt(folder, target);
  return target;
}

async function sweepOnce(lab: Lab, folder: string): Promise<string> {
  const { code, stderr } = await lab.run('unguarded', 'sweep', `${folder}/root`);
  if (code !== 0) throw new Error(`sweep: ${code} ${stderr}`);
  return folder;
}
