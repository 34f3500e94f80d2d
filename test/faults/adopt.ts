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
    fs.writeFileSync(journal, own, 'latin1');
  }
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
