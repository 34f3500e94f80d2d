/** Trash and journals that somebody prepared, cut, or brought from elsewhere. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cloneSwept } from '../adopt.js';
import { requireSane } from '../attack.js';
import { type Case, everyNth, type Group } from '../engine.js';
import type { Lab } from '../lab.js';
import { mustComeBack, mustHold } from '../promise.js';
import {
  clone,
  differences,
  discard,
  isFile,
  makeTemplate,
  surroundingsOf,
  type Template,
  trashOf,
  treeOf,
} from '../store.js';

interface Forgery {
  readonly name: string;
  /** @param state `.regsweep` */
  readonly make: (state: string, folder: string) => void;
  /**
   * Damaged: the run is left out, and told, until it is named. Another tree's: nothing is changed
   * until it is named (14). Refused: what is wrong is seen, and
   * nothing is changed. Else it must all come back.
   */
  readonly seen?: 'damaged' | 'another' | 'refused';
}

const treeOfFolder = (folder: string): string => `${folder}/root/docker/registry/v2`;
const onlyRun = (state: string): string => `${state}/runs/${fs.readdirSync(`${state}/runs`)[0]}`;
const journalOf = (state: string): string => `${onlyRun(state)}/journal.jsonl`;

function rewrite(state: string, change: (text: string) => string): void {
  const path = journalOf(state);
  fs.writeFileSync(path, change(fs.readFileSync(path, 'utf8')));
}

const changed = (name: string, change: (text: string) => string): Forgery => ({
  name,
  seen: 'damaged',
  make: (state) => rewrite(state, change),
});

const another = (name: string, change: (text: string) => string): Forgery => ({
  ...changed(name, change),
  seen: 'another',
});

const cut = (name: string, change: (text: string) => string): Forgery => ({
  name,
  make: (state) => rewrite(state, change),
});

const added = (record: object) => (text: string) => `${text}${JSON.stringify(record)}\n`;
const item = { t: 'item', n: 0, kind: 'blob', dev: 1, ino: 1, bytes: 1, disk: 1 };

const FORGERIES: readonly Forgery[] = [
  another('another store', (text) => text.replace(/"inode":"\d+"/, '"inode":"7"')),
  another('another tree', (text) => text.replace(/"tree":"../, '"tree":"zz')),
  another('another run', (text) => text.replace(/"id":"\d/, '"id":"9')),
  changed('a path that leads out', (text) =>
    text.replace(/(?<="kind":"layer-link".*"of":\[")/, '../../'),
  ),
  changed('an absolute path', added({ ...item, path: '/blobs/sha256/x' })),
  changed('a digest cut short', (text) => text.replace(/(?<="kind":"blob".*"of":\[\[".{9})./, '')),
  changed('an item after the end', added({ ...item, n: 5, path: 'blobs/sha256/x' })),
  changed('an item twice', added({ ...item, path: 'blobs/sha256/x' })),
  changed('an unknown record', added({ t: 'rm', path: '/' })),
  changed('restored without a restore', added({ t: 'restored', n: [0], conflicts: [] })),
  changed('a purge of what is not there', added({ t: 'purge', n: [99_999], entries: [1] })),
  changed('a line in the midst cut', (text) => text.replace(/"kind":"blob".{10}/, '')),
  changed('no JSON', (text) => `${text}rubbish\n`),
  changed('a NUL', (text) => text.replace('"t":"items"', '"t":"it\0ems"')),
  cut('its last line cut', (text) => text.slice(0, -10)),
  cut('its end cut off', (text) => text.slice(0, text.indexOf('{"t":"end"'))),
  cut('a torn line at its end', (text) => `${text}{"t":"resto`),
  // The kernel may name a disk otherwise after each boot.
  cut('the disk under another name', (text) =>
    text.replace(/"filesystemId":"([^"]*?):[^"]*"/, '"filesystemId":"$1:/dev/other:99"'),
  ),
  {
    name: 'the journal is a link',
    seen: 'refused',
    make: (state, folder) => {
      fs.renameSync(journalOf(state), `${folder}/outside/journal`);
      fs.symlinkSync(`${folder}/outside/journal`, journalOf(state));
    },
  },
  {
    name: 'the trash is a link',
    seen: 'refused',
    make: (state, folder) => {
      fs.renameSync(`${onlyRun(state)}/trash`, `${folder}/outside/trash`);
      fs.symlinkSync(`${folder}/outside/trash`, `${onlyRun(state)}/trash`);
    },
  },
  {
    name: 'the run is writable by all',
    seen: 'refused',
    make: (state) => fs.chmodSync(`${state}/runs`, 0o777),
  },
  {
    name: 'the state belongs to another',
    seen: 'refused',
    make: (state) => execFileSync('chown', ['1234', state]),
  },
];

async function forge(lab: Lab, base: Template, it: Forgery): Promise<number> {
  const folder = await cloneSwept(lab, base, lab.fresh('memory', 'forged'));
  it.make(`${folder}/root/.regsweep`, folder);
  const template = { ...base, surroundings: surroundingsOf(folder) };
  if (it.seen === 'refused') await refuse(lab, template, folder, it);
  else if (it.seen !== undefined) await leaveOut(lab, template, folder, it.seen);
  else await mustComeBack(lab, template, folder);
  discard(folder);
  return 1;
}

/** Each command that would change something sees it, and changes nothing. */
async function refuse(lab: Lab, template: Template, folder: string, it: Forgery): Promise<void> {
  for (const step of ['restore', 'purge', 'sweep'] as const) {
    const said = await lab.run('unguarded', step, `${folder}/root`);
    requireSane(said, [0, 1, 3]);
    const linked = it.name.endsWith('is a link');
    if (!linked && said.code === 0)
      throw new Error(`${step} went on: ${said.stdout.slice(0, 300)}`);
    mustHold(template, folder, !linked, said);
  }
}

/** Each command tells the run and leaves it as it is; asked for by its name it comes back. */
async function leaveOut(
  lab: Lab,
  template: Template,
  folder: string,
  seen: 'damaged' | 'another',
): Promise<void> {
  const root = `${folder}/root`;
  const run = path.basename(onlyRun(`${root}/.regsweep`));
  const [trash] = trashOf(folder).values();
  for (const step of ['sweep', 'purge', 'restore'] as const) {
    const said = await lab.run('unguarded', step, root);
    requireSane(said, seen === 'another' ? [14] : [0, 3]);
    if (seen === 'damaged' && !said.stderr.includes(`run ${run} is ignored`))
      throw new Error(`${step} does not tell: ${said.stderr}`);
    mustHold(template, folder, true, said);
    const changed = differences(trash!, trashOf(folder).get(run) ?? new Map());
    if (changed.length > 0) throw new Error(`${step} changed the trash: ${changed.join('\n    ')}`);
  }
  const said = await lab.run('unguarded', 'restore', root, '--run', run);
  requireSane(said, [0, 3]);
  mustHold(template, folder, true, said);
  const tree = treeOf(folder);
  const away = [...template.tree].filter(([name, text]) => isFile(text) && tree.get(name) !== text);
  if (away.length > 0) throw new Error(`not back: ${away.map(([name]) => name).join(', ')}`);
}

/** A trash that nobody's journal tells of is kept, and comes back by its paths. */
async function foreignTrash(lab: Lab, base: Template): Promise<number> {
  const folder = clone(base, lab.fresh('memory', 'foreign'));
  const trash = `${folder}/root/.regsweep/runs/20200101T000000Z-abcdef/trash/blobs/sha256/aa`;
  fs.mkdirSync(trash, { recursive: true, mode: 0o700 });
  fs.chmodSync(`${folder}/root/.regsweep`, 0o700);
  fs.writeFileSync(`${trash}/x`, 'precious');
  for (const step of ['sweep', 'restore', 'purge'] as const) {
    requireSane(await lab.run('unguarded', step, `${folder}/root`), [0, 1, 3]);
    const back = `${treeOfFolder(folder)}/blobs/sha256/aa/x`;
    const now = [`${trash}/x`, back].filter((path) => fs.existsSync(path));
    if (now.length !== 1 || fs.readFileSync(now[0]!, 'utf8') !== 'precious') {
      throw new Error(`${step} took it`);
    }
  }
  fs.rmSync(`${treeOfFolder(folder)}/blobs/sha256/aa/x`);
  mustHold(base, folder, false);
  discard(folder);
  return 1;
}

export const forged: Group = {
  name: 'forged',
  full: 23,
  short: 5,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const list = FORGERIES.map((it): Case => {
      return { name: it.name, run: () => forge(lab, template, it) };
    });
    const foreign = { name: 'a foreign trash', run: () => foreignTrash(lab, template) };
    return everyNth([...list, foreign], count);
  },
};
