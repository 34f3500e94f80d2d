/** A part of the tree behind a link, on a mount or in a volume: the commands that are told work as pasted. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFixture } from '../harness/fixture.js';
import { regsweep } from '../harness/in-process.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, SELECT, sweep } from './world.js';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

interface Place {
  readonly root: string;
  /** On another filesystem, with a blank in its name. */
  readonly other: string;
  readonly v2: string;
}

const CASES: Readonly<Record<string, (place: Place) => void>> = {
  'blobs behind a link': ({ v2, other }) => moveBehind(`${v2}/blobs`, `${other}/big blobs`),
  'one algorithm behind a link': ({ v2, other }) =>
    moveBehind(`${v2}/blobs/sha256`, `${other}/256`),
  'repositories behind a link': ({ v2, other }) =>
    moveBehind(`${v2}/repositories`, `${other}/repos`),
  'a team behind a link': ({ v2, other }) => moveBehind(`${v2}/repositories/shop`, `${other}/shop`),
  'blobs behind a link, on the same disk': ({ v2, root }) =>
    moveBehind(`${v2}/blobs`, `${root}/../same`),
  'blobs on a disk of their own': ({ v2 }) => mountOver(`${v2}/blobs`),
  'a team on a disk of its own': ({ v2 }) => mountOver(`${v2}/repositories/shop`),
};

function moveBehind(at: string, target: string): void {
  run('cp', '-a', at, target);
  run('rm', '-r', at);
  fs.symlinkSync(target, at);
}

function mountOver(at: string): void {
  run('cp', '-a', at, `${at}.copy`);
  run('rm', '-r', at);
  fs.mkdirSync(at);
  run('mount', '-t', 'tmpfs', '-o', 'size=40m', 'none', at);
  run('cp', '-a', `${at}.copy/.`, at);
  run('rm', '-r', `${at}.copy`);
}

const blobsOf = async (root: string): Promise<{ garbage: number; immovable: number }> => {
  const result = await regsweep(['analyze', root, '--min-age', '0s', '-m', '--format', 'json']);
  const { totals } = expectCode(result, 0).json as {
    totals: { garbage: { blobs: number }; immovable: { blobs: number } };
  };
  return { garbage: totals.garbage.blobs, immovable: totals.immovable.blobs };
};

interface Sample {
  readonly path: string;
  readonly command?: string;
}

async function commandIn(root: string): Promise<string> {
  const checked = await regsweep(['check', root, '--format', 'json']);
  const { findings } = checked.json as { findings: { code: string; samples: Sample[] }[] };
  const ours = findings.filter(({ code }) => ['symlinked', 'other-filesystem'].includes(code));
  return ours.flatMap(({ samples }) => samples.flatMap(({ command }) => command ?? []))[0]!;
}

describe('a part of the tree elsewhere', needs('mounts', 'guard'), () => {
  it.each(Object.entries(CASES))('%s: the lines that are told let it be swept', async (_, part) => {
    const folder = await tempFolder();
    const other = join(folder, 'other disk');
    fs.mkdirSync(other);
    run('mount', '-t', 'tmpfs', '-o', 'size=40m', 'none', other);
    try {
      const root = copyFixture(join(folder, 'root'));
      const whole = await blobsOf(root);
      part({ root, other, v2: `${root}/docker/registry/v2` });
      const before = await blobsOf(root);
      expect(before.immovable + whole.garbage - before.garbage).toBeGreaterThan(0);
      const lines = await commandIn(root);
      const [first] = lines.split('\n');
      if (/repositories/.test(first!)) {
        const refused = await regsweep(['rm', 'shop/api', '--root', root, '--yes', ...SELECT]);
        expect(expectCode(refused, 13).stderr).toContain(first);
      }
      expect(
        lines
          .split('\n')
          .slice(0, -1)
          .every((line) => line.endsWith(' &&')),
      ).toBe(true);
      run('sh', '-c', lines.replace(/ &&\nregsweep .*$/, ''));
      const now = /^regsweep analyze (.*)$/m.exec(lines)?.[1]?.replace(/^'|'$/g, '') ?? root;
      expect(await blobsOf(now)).toEqual({ garbage: whole.garbage, immovable: 0 });
      // The registry's own configuration still leads to the whole tree.
      expect(fs.existsSync(`${root}/docker/registry/v2/blobs/sha256`)).toBe(true);
      expect(fs.existsSync(`${root}/docker/registry/v2/repositories/shop`)).toBe(true);
      const blobs = (): string =>
        run('find', '-L', `${root}/docker`, '-path', '*/blobs/*', '-name', 'data');
      const number = blobs().split('\n').length;
      expectCode(await sweep(now, '-m'), 0);
      expect(blobs().split('\n').length).toBe(number - whole.garbage);
    } finally {
      for (const point of mountsIn(folder)) run('umount', '-l', point);
    }
  });
});

function mountsIn(folder: string): string[] {
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const points = mounts.map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '));
  return points.filter((point) => point.startsWith(`${folder}/`)).reverse();
}
