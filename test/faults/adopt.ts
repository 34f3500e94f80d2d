/** The journals of a copied store name the inode of the original: they are rewritten. */
import fs from 'node:fs';

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
