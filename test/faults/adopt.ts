/** The journals of a copied store name the inode of the original: they are rewritten. */
import fs from 'node:fs';
import type { Lab } from './lab.js';
import { clone, type Template } from './store.js';

const inodeOf = (folder: string): string =>
  String(fs.statSync(`${folder}/root/docker/registry/v2`, { bigint: true }).ino);

export function adopt(original: string, copy: string): void {
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
