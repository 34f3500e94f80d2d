/** What stands in links, what stands where links and data belong, and how things are called. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { type Attack, attacks, linksOf, replace, requireSane, V2 } from '../attack.js';
import { everyNth, type Group } from '../engine.js';
import type { Lab } from '../lab.js';
import { mustComeBack, mustHold } from '../promise.js';
import { clone, discard, makeTemplate, type Template } from '../store.js';

const HEX = 'a1'.repeat(32);

/** Content by name; `keep` is what stood there. */
const CONTENT: Readonly<Record<string, (keep: string) => string | Buffer>> = {
  empty: () => '',
  NUL: (keep) => `${keep.slice(0, 20)}\0${keep.slice(21)}`,
  newline: (keep) => `${keep}\n`,
  CRLF: (keep) => `${keep}\r\n`,
  parent: () => `sha256:../../../../../../../../${HEX}`.slice(0, 71),
  uppercase: (keep) => keep.toUpperCase(),
  '10 MB': () => Buffer.alloc(10 << 20, 'a'),
  BOM: (keep) => `\ufeff${keep}`,
  absent: () => `sha256:${HEX}`,
  sha512: () => `sha512:${HEX}${HEX}`,
  cut: (keep) => keep.slice(0, 40),
  json: () => '{"digest":"sha256:0"}',
  bytes: () => Buffer.from([0xff, 0xfe, 0x00, 0x80]),
  absolute: () => '/etc/passwd',
};

export const linkContent: Group = {
  name: 'link-content',
  full: 40,
  short: 6,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const links = linksOf(template);
    const list: Attack[] = [];
    for (const [what, content] of Object.entries(CONTENT)) {
      for (const place of ['tag', 'revision', 'layer'] as const) {
        const make = (v2: string): void => {
          const path = `${v2}/${links[place]}`;
          fs.writeFileSync(path, content(fs.readFileSync(path, 'utf8')));
        };
        // What a tag names and is nowhere is read from nowhere: that is damage as well.
        const whole = place === 'layer' ? {} : { whole: 'app' };
        list.push({ name: `${what} in a ${place}'s link`, make, ...whole });
      }
    }
    return attacks(lab, template, everyNth(list, count));
  },
};

const TYPES: Readonly<Record<string, (path: string) => void>> = {
  FIFO: (path) => execFileSync('mkfifo', [path]),
  device: (path) => execFileSync('mknod', [path, 'c', '1', '5']),
  folder: (path) => fs.mkdirSync(path),
  'dangling link': (path) => fs.symlinkSync('/nowhere/at/all', path),
};

export const fileTypes: Group = {
  name: 'file-types',
  full: 12,
  short: 4,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const links = linksOf(template);
    const garbage = [...template.tree.keys()].filter(
      (name) => /^blobs\/.*\/data$/.test(name) && !template.kept.includes(name),
    );
    const places = { tag: links.tag, revision: links.revision, data: garbage[0]! };
    const list = Object.entries(TYPES).flatMap(([type, put]) =>
      Object.entries(places).map(([place, name]): Attack => {
        const make = (v2: string): void => replace(`${v2}/${name}`, put);
        const whole = place === 'data' ? {} : { whole: 'app' };
        return { name: `a ${type} for a ${place}`, make, ...whole };
      }),
    );
    return attacks(lab, template, everyNth(list, count));
  },
};

const NAMES: readonly (string | Buffer)[] = [
  'new\nline',
  '\x1b[31mred',
  '\u202egnp.exe',
  'x'.repeat(255),
  '__proto__',
  'constructor',
  '_layers',
  Buffer.from([0x61, 0xff, 0xfe]),
  'lost+found',
  '.snapshot',
  ' ',
  '-rf',
  'a;rm -rf *',
  '%2e%2e',
  'ünïcode',
];

/** The name once as a repository that holds an image, once as a tag of a live one. */
export const names: Group = {
  name: 'names',
  full: 30,
  short: 6,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const digest = fs.readFileSync(
      `${template.folder}/root/docker/registry/v2/${linksOf(template).tag}`,
      'utf8',
    );
    const list = NAMES.flatMap((name): Attack[] => {
      const shown = JSON.stringify(String(name));
      return [
        { name: `repository ${shown}`, make: (v2) => repository(v2, name, digest) },
        { name: `tag ${shown}`, make: (v2) => tag(`${v2}/repositories/app`, name, digest) },
      ];
    });
    return attacks(lab, template, everyNth(list, count));
  },
};

const join = (folder: string | Buffer, name: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(folder as string), Buffer.from('/'), Buffer.from(name as string)]);

function tag(folder: string | Buffer, name: string | Buffer, digest: string): void {
  const at = join(join(join(folder, '_manifests/tags'), name), 'current');
  fs.mkdirSync(at, { recursive: true });
  fs.writeFileSync(join(at, 'link'), digest);
}

function repository(v2: string, name: string | Buffer, digest: string): void {
  const folder = join(`${v2}/repositories`, name);
  tag(folder, 'v1', digest);
  const revision = join(folder, `_manifests/revisions/${digest.replace(':', '/')}`);
  fs.mkdirSync(revision, { recursive: true });
  fs.writeFileSync(join(revision, 'link'), digest);
}

export const depth: Group = {
  name: 'depth',
  full: 4,
  short: 1,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const deep = (levels: number, length: number) => (v2: string, folder: string) => {
      const above = `${folder}/deep`;
      fs.mkdirSync(above);
      execFileSync('perl', ['-e', perlDeep(levels, length), above]);
      fs.renameSync(above, `${v2}/repositories/deep`);
    };
    const undo = (v2: string): void => {
      execFileSync('rm', ['-rf', `${v2}/repositories/deep`]);
    };
    const cases = [
      [40, 90],
      [18, 200],
      [40, 200],
      [10_000, 3],
    ] as const;
    return cases.slice(0, count).map(([levels, length]) => ({
      name: `${levels} levels of ${length} bytes`,
      run: () => runDeep(lab, template, deep(levels, length), undo),
    }));
  },
};

const perlDeep = (levels: number, length: number): string =>
  `chdir $ARGV[0] or die; for (1..${levels}) { mkdir "d"x${length} or die $!; chdir "d"x${length} or die $!; }`;

/** The snapshot can't go that deep, so the deep folder is taken away before it looks. */
async function runDeep(
  lab: Lab,
  template: Template,
  make: (v2: string, folder: string) => void,
  undo: (v2: string) => void,
): Promise<number> {
  const folder = clone(template, lab.fresh('memory', 'deep'));
  make(`${folder}/${V2}`, folder);
  const said = await lab.run('unguarded', 'sweep', `${folder}/root`);
  requireSane(said, [0, 1, 3, 13]);
  // What of the deep folder was swept comes back before it goes.
  await lab.run('unguarded', 'restore', `${folder}/root`);
  undo(`${folder}/${V2}`);
  mustHold(template, folder, true, said);
  await mustComeBack(lab, template, folder);
  discard(folder);
  return 1;
}
