/** Mounts in the tree, hard links, clocks, and disks that give little: on the real system. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { type Attack, attacks, requireSane, V2 } from '../attack.js';
import { type Case, everyNth, type Group } from '../engine.js';
import { exec, type Lab } from '../lab.js';
import { mustComeBack, mustHold } from '../promise.js';
import { clone, discard, makeTemplate, type Template } from '../store.js';

const garbageOf = (template: Template): string[] =>
  [...template.tree.keys()].filter(
    (name) => /^blobs\/.*\/data$/.test(name) && !template.kept.includes(name),
  );

const mount = (...args: string[]): void => void execFileSync('mount', args, { stdio: 'ignore' });
function unmountAll(folder: string): void {
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const points = mounts.map((line) => line.split(' ')[4] ?? '');
  const inside = points.filter((point) => point.startsWith(`${folder}/`));
  for (const point of inside.reverse()) execFileSync('umount', ['-l', point]);
}

export const mounts: Group = {
  name: 'mounts',
  full: 10,
  short: 2,
  alone: true,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const blob = garbageOf(template)[0]!.replace('/data', '');
    const places = [
      ...['repositories/team/dead/_layers', 'repositories/app', 'blobs/sha256'],
      ...[blob, 'repositories/team/dead'],
    ];
    const list = places.flatMap((place): Attack[] => {
      const undo = (_: string, folder: string): void => unmountAll(folder);
      const bind = (v2: string): void => mount('--bind', `${v2}/${place}`, `${v2}/${place}`);
      const other = (v2: string): void => {
        const copy = `${v2}/../copy`;
        execFileSync('cp', ['-a', `${v2}/${place}`, copy]);
        mount('-t', 'tmpfs', '-o', 'size=8m,mode=755', 'regsweep-faults', `${v2}/${place}`);
        execFileSync('cp', ['-a', `${copy}/.`, `${v2}/${place}`]);
        execFileSync('rm', ['-r', copy]);
      };
      return [
        { name: `a bind mount of ${place}`, make: bind, undo },
        // What is mounted stays through the sweep, and what lies beneath it is as it was.
        { name: `a tmpfs over ${place}`, make: other, undo },
      ];
    });
    return attacks(lab, template, everyNth(list, count));
  },
};

/** Files with a name outside: what is purged here stays there, and frees nothing. */
async function hardLink(lab: Lab, template: Template, names: readonly string[]): Promise<number> {
  const folder = clone(template, lab.fresh('memory', 'linked'));
  names.forEach((name, i) => {
    fs.linkSync(`${folder}/${V2}/${name}`, `${folder}/outside/twin-${i}`);
  });
  const before = names.map((_, i) => fs.readFileSync(`${folder}/outside/twin-${i}`));
  const root = `${folder}/root`;
  const swept = await lab.run('unguarded', 'sweep', root);
  requireSane(swept, [0]);
  const purged = await lab.run('unguarded', 'purge', root);
  requireSane(purged, [0]);
  const promised = (JSON.parse(swept.stdout) as { diskBytes: number }).diskBytes;
  const told = (JSON.parse(purged.stdout) as { diskBytes: number }).diskBytes;
  if (promised !== told) throw new Error(`promised ${promised}, purged ${told}`);
  names.forEach((name, i) => {
    if (fs.readFileSync(`${folder}/outside/twin-${i}`).equals(before[i]!)) return;
    throw new Error(`the outside name of ${name} changed`);
  });
  const surroundings = template.surroundings;
  for (let i = 0; i < names.length; i++) fs.unlinkSync(`${folder}/outside/twin-${i}`);
  mustHold({ ...template, surroundings }, folder, false, purged);
  discard(folder);
  return 1;
}

export const hardLinks: Group = {
  name: 'hard-links',
  full: 8,
  short: 2,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const garbage = garbageOf(template);
    return Array.from({ length: count }, (_, i): Case => {
      const linked = garbage.slice(0, i + 1);
      return { name: `${i + 1} linked`, run: () => hardLink(lab, template, linked) };
    });
  },
};

const YEAR = 365 * 86_400;

export const clocks: Group = {
  name: 'clocks',
  full: 15,
  short: 3,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const names = [...template.tree.keys()].filter((name) => /\/(data|link)$/.test(name));
    const shifts = [-60 * YEAR, -10 * YEAR, 3600, 10 * YEAR, 200 * YEAR];
    const kinds = [/\/data$/, /\/link$/, /./];
    const list = shifts.flatMap((shift) =>
      kinds.map((kind): Attack => {
        const at = Date.now() / 1000 + shift;
        const make = (v2: string): void => {
          for (const name of names) if (kind.test(name)) fs.utimesSync(`${v2}/${name}`, at, at);
        };
        const flags = shift > 0 ? ['--min-age', '1h'] : ['--age-by', 'mtime', '--min-age', '1h'];
        return { name: `${kind.source} by ${shift} s`, make, flags };
      }),
    );
    return attacks(lab, template, everyNth(list, count));
  },
};

/** A filesystem of its own, filled so that only so much is left. */
async function small(
  lab: Lab,
  template: Template,
  options: string,
  spare: number,
): Promise<number> {
  const point = lab.fresh('disk', 'small');
  fs.mkdirSync(point);
  mount('-t', 'tmpfs', '-o', options, 'regsweep-faults', point);
  try {
    const folder = clone(template, `${point}/store`);
    const files = fill(point, spare);
    const said = await lab.run('unguarded', 'sweep', `${folder}/root`);
    requireSane(said, [1, 3]);
    for (const file of files) fs.unlinkSync(file);
    mustHold(template, folder, true, said);
    await mustComeBack(lab, template, folder);
    return 1;
  } finally {
    execFileSync('umount', ['-l', point]);
  }
}

function fill(point: string, spare: number): string[] {
  const made: string[] = [];
  const { ffree, bfree, bsize } = fs.statfsSync(point);
  if (ffree < 100_000) {
    for (let i = ffree - spare; i > 0; i--) {
      made.push(`${point}/filler-${i}`);
      fs.writeFileSync(made.at(-1)!, '');
    }
    return made;
  }
  made.push(`${point}/filler`);
  fs.writeFileSync(made[0]!, Buffer.alloc(Math.max(0, bfree * bsize - spare * 1024)));
  return made;
}

async function readOnly(lab: Lab, template: Template, place: string): Promise<number> {
  const folder = clone(template, lab.fresh('memory', 'ro'));
  const at = `${folder}/root${place}`;
  mount('--bind', at, at);
  mount('-o', 'remount,bind,ro', at);
  try {
    requireSane(await lab.run('unguarded', 'sweep', `${folder}/root`), [0, 1, 3, 12, 13]);
    mustHold(template, folder);
  } finally {
    unmountAll(folder);
  }
  await mustComeBack(lab, template, folder);
  discard(folder);
  return 1;
}

async function immutable(lab: Lab, template: Template, name: string): Promise<number> {
  const folder = clone(template, lab.fresh('disk', 'immutable'));
  const file = `${folder}/${V2}/${name}`;
  execFileSync('chattr', ['+i', file]);
  try {
    const said = await lab.run('unguarded', 'sweep', `${folder}/root`);
    requireSane(said, [0, 1, 3, 13]);
    mustHold(template, folder, true, said);
    if (!fs.existsSync(file) && !fs.existsSync(`${folder}/root/.regsweep`)) throw new Error('gone');
  } finally {
    execFileSync('chattr', ['-R', '-i', folder]);
  }
  await mustComeBack(lab, template, folder);
  discard(folder);
  return 1;
}

async function fewDescriptors(lab: Lab, template: Template, limit: number): Promise<number> {
  const folder = clone(template, lab.fresh('memory', 'fds'));
  const argv = lab.argv('unguarded', 'sweep', `${folder}/root`);
  const said = await exec(['sh', '-c', `ulimit -n ${limit}; exec "$@"`, '-', ...argv]);
  mustHold(template, folder, true, said);
  await mustComeBack(lab, template, folder);
  discard(folder);
  return 1;
}

export const limits: Group = {
  name: 'limits',
  full: 20,
  short: 4,
  alone: true,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const [blob] = garbageOf(template);
    const inodes = [0, 2, 4, 6, 10].map((spare): Case => {
      return {
        name: `${spare} inodes`,
        run: () => small(lab, template, 'size=16m,nr_inodes=900', spare),
      };
    });
    const bytes = [0, 4, 12, 64, 1020].map((spare): Case => {
      return { name: `${spare} KiB`, run: () => small(lab, template, 'size=4m', spare) };
    });
    const ro = ['', '/docker/registry/v2/blobs'].map((place): Case => {
      return { name: `read-only ${place}`, run: () => readOnly(lab, template, place) };
    });
    const fixed = [
      blob!,
      blob!.replace('/data', ''),
      template.kept[0]!,
      'repositories/app/_layers',
    ].map(
      (name): Case => ({ name: `immutable ${name}`, run: () => immutable(lab, template, name) }),
    );
    const fds = [40, 48, 56, 70].map((limit): Case => {
      return { name: `${limit} descriptors`, run: () => fewDescriptors(lab, template, limit) };
    });
    return everyNth([...inodes, ...bytes, ...ro, ...fixed, ...fds], count);
  },
};
