/** `find` on a host of its own: mounts of this test's namespace stand for the usual folders. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { run } from '../harness/process.js';
import { withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';

interface Found {
  readonly trees: {
    root: string;
    origin: string;
    servedBy: { pid: number; command: string }[];
    filesystem: { bytes: number; freeBytes: number };
  }[];
  readonly notes: string[];
}

/** `folder` as /srv and as /var/lib, for one command. */
async function onHost(folder: string, ...args: string[]) {
  const script = `mount --bind ${folder}/srv /srv && mount --bind ${folder}/lib /var/lib && exec "$@"`;
  return run('unshare', ['-m', 'sh', '-c', script, '-', process.execPath, BIN, ...args]);
}

async function host(): Promise<string> {
  const folder = await tempFolder();
  await mkdir(join(folder, 'srv/team'), { recursive: true });
  const volume = join(folder, 'lib/docker/volumes/images/_data');
  await mkdir(volume, { recursive: true });
  copyFixture(join(folder, 'srv/team/images'));
  await cp(join(folder, 'srv/team/images'), volume, { recursive: true });
  return folder;
}

describe('find', needs('mounts'), () => {
  it('lists volumes and folders with a tree, their disk, and the line to type next', async () => {
    const folder = await host();
    const { code, stdout } = await onHost(folder, 'find', '--format', 'json');
    expect(code).toBe(0);
    const { trees } = JSON.parse(stdout) as Found;
    const ours = trees.filter(({ root }) => root.startsWith('/srv/') || root.startsWith('/var/'));
    const filesystem = { bytes: expect.any(Number), freeBytes: expect.any(Number) };
    expect(ours).toEqual([
      { root: '/srv/team/images', origin: 'folder', servedBy: [], filesystem },
      {
        root: '/var/lib/docker/volumes/images/_data',
        origin: 'docker volume',
        servedBy: [],
        filesystem,
      },
    ]);
    const table = await onHost(folder, 'find');
    expect(table.stdout).toContain('\n  regsweep analyze /srv/team/images\n');
  });

  it('is what a command without a root says, each line as it is to be typed', async () => {
    const folder = await host();
    const { code, stderr } = await onHost(folder, 'analyze', '-m', '--min-age', '0s');
    expect(code).toBe(10);
    const line = /^ *regsweep (analyze .*\/_data)$/m.exec(stderr)?.[1];
    expect(line).toBe('analyze -m --min-age 0s --root /var/lib/docker/volumes/images/_data');
    const typed = await onHost(folder, ...line!.split(' '));
    expect([typed.code, typed.stdout]).toEqual([0, expect.stringContaining('8 repositories')]);
  });
});

describe('find and a registry that runs', needs('registry', 'root'), () => {
  it('names its tree, wherever it lies, and its process', async () => {
    const root = copyFixture(join(await tempFolder(), 'an odd place'));
    await withRegistry(root, async () => {
      const { stdout } = await run(process.execPath, [BIN, 'find', '--format', 'json']);
      const found = (JSON.parse(stdout) as Found).trees.find((tree) => tree.root === root);
      expect(found).toMatchObject({
        origin: 'registry',
        servedBy: [{ command: expect.stringContaining('docker-registry serve') }],
      });
    });
  });

  it('notes one to which nothing was pushed yet, which no command can read', async () => {
    const root = await tempFolder();
    await withRegistry(root, async () => {
      const { stdout } = await run(process.execPath, [BIN, 'find', '--format', 'json']);
      const { trees, notes } = JSON.parse(stdout) as Found;
      expect(trees.filter((tree) => tree.root === root)).toEqual([]);
      expect(notes).toContain(`a registry serves ${root}, which has no data yet`);
    });
  });
});
