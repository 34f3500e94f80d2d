/** The collectors over a made-up /proc, and the whole verdict that comes of it. */
import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { guardedPlaces } from '../../src/guard/host/guarded-folders.js';
import { readProcesses } from '../../src/guard/host/processes.js';
import { DENIED, GONE } from '../../src/guard/host/procfs.js';
import { findTreeUsers } from '../../src/guard/host/tree-users.js';
import { inspect } from '../../src/guard/index.js';
import type { MountHolder } from '../../src/guard/model/observations.js';
import type { StorageTree } from '../../src/storage/port.js';
import { FakeProc } from './fake-proc.js';
import { LINK_FILE, makeTree, removeTree, settings } from './support.js';

const OWN = fs.readFileSync('/proc/self/mountinfo', 'utf8');
/** A container's root: no filesystem of the host's. */
const OVERLAY = '900 1 0:999 / / rw - overlay overlay rw,lowerdir=/x,upperdir=/y,workdir=/z\n';

describe('the guard over a made-up /proc', () => {
  let tree: StorageTree;
  let fake: FakeProc;
  beforeEach(() => {
    tree = makeTree();
    fake = new FakeProc(`${tree.rootDirectory}/proc`);
    fs.mkdirSync(`${tree.rootDirectory}/host/etc/samba`, { recursive: true });
  });
  afterEach(() => removeTree(tree));

  const look = async (more = {}) => {
    const hostRoot = `${tree.rootDirectory}/host`;
    const verdict = await inspect(tree, settings({ procRoot: fake.folder, hostRoot, ...more }));
    const against = verdict.evidence.filter((item) => item.bearing === 'against');
    return [verdict.state, ...against.map(({ kind, pid }) => (pid ? `${kind} ${pid}` : kind))];
  };

  /** The tree's own mount, as a line of another namespace. */
  const bind = (mountPoint: string, options = 'rw') => {
    const lines = OWN.split('\n')
      .filter(Boolean)
      .map((line) => line.split(' '));
    const covering = lines
      .filter((f) => f[4] === '/' || tree.v2.startsWith(`${f[4]}/`))
      .sort((a, b) => a[4]!.length - b[4]!.length)
      .at(-1)!;
    const inner = tree.rootDirectory.slice(covering[4] === '/' ? 0 : covering[4]!.length);
    const root = `${covering[3] === '/' ? '' : covering[3]}${inner}`;
    return `901 900 ${covering[2]} ${root} ${mountPoint} ${options} - ext4 /dev/x rw\n`;
  };

  const containerRoot = (): string => {
    const root = `${tree.rootDirectory}/croot`;
    fs.mkdirSync(root);
    fs.symlinkSync(tree.rootDirectory, `${root}/data`);
    return root;
  };

  it('calls a quiet host stopped', async () => {
    fake
      .add({ pid: 2, kernelThread: true, denied: [] })
      .add({ pid: 50, state: 'Z', denied: ['exe'] })
      .add({ pid: 51, argv: ['bash'] })
      .add({ pid: 52, argv: ['registry', 'serve'] });
    fs.unlinkSync(`${fake.folder}/52/exe`); // on its way out: its memory is gone already
    expect(await look()).toEqual(['stopped']);
  });

  it('excuses PID 1, and only PID 1, from being readable', async () => {
    fake.link('1/exe', '/bin/true');
    fs.unlinkSync(`${fake.folder}/1/exe`);
    fs.mkdirSync(`${fake.folder}/1/exe`);
    expect(await look()).toEqual(['stopped']);
    fake.add({ pid: 60, argv: ['secret'], denied: ['exe'] });
    expect(await look()).toEqual(['refused', 'view 60']);
  });

  it.each([
    ['a child PID namespace', 'self/ns/pid', 'pid:[4026532000]', 'link'],
    ['an old child PID namespace', 'self/status', 'NSpid:\t9\t1\nCapEff:\t1ffffffffff\n', 'text'],
    ['a child user namespace', 'self/uid_map', '0 1000 1\n', 'text'],
    ['no CAP_SYS_PTRACE', 'self/status', 'NSpid:\t9\nCapEff:\t00000000a80425fb\n', 'text'],
  ])('refuses in %s', async (_, name, value, kind) => {
    if (kind === 'link') fake.link(name, value);
    else fake.write(name, value);
    expect(await look()).toEqual(['refused', 'view']);
  });

  it.each(['hidepid=2', 'hidepid=invisible', 'subset=pid'])('refuses /proc with %s', async (o) => {
    const hidden = OWN.replace(/^(\S+ \S+ \S+ \/ \/proc .* - proc \S+) rw.*$/m, `$1 rw,${o}`);
    expect(hidden).not.toBe(OWN);
    fake.write('self/mountinfo', hidden);
    expect(await look()).toEqual(['refused', 'view']);
  });

  it('refuses a tree on overlay, or on a network', async () => {
    for (const type of ['overlay', 'nfs4', 'fuse.mergerfs']) {
      const line = `77 1 0:77 / ${tree.rootDirectory} rw - ${type} none rw\n`;
      fake.write('self/mountinfo', OWN + line);
      expect(await look()).toEqual(['refused', 'filesystem']);
    }
  });

  it.each([['docker/registry/lockfiles/database-in-use'], ['scheduler-state.json']])(
    'refuses where %s stands',
    async (name) => {
      const path = `${tree.rootDirectory}/${name}`;
      fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
      fs.writeFileSync(path, '');
      expect(await look()).toEqual(['refused', 'foreign-metadata']);
    },
  );

  it('refuses a tree that this host exports', async () => {
    const path = tree.rootDirectory;
    fake.write('fs/nfsd/exports', `# Version 1.1\n${path}\t*(rw,root_squash)\n/other\t*(rw)\n`);
    expect(await look()).toEqual(['refused', 'export']);
    fake.write('fs/nfsd/exports', '/other\t*(rw)\n');
    expect(await look()).toEqual(['stopped']);
    fake.write('fs/nfsd/threads', '8\n');
    fs.mkdirSync(`${path}/host/var/lib/nfs`, { recursive: true });
    fs.writeFileSync(`${path}/host/var/lib/nfs/etab`, `/\t*(rw,sync)\n`);
    expect(await look()).toEqual(['refused', 'export']);
  });

  it('refuses a Samba share only while Samba runs', async () => {
    const share = `[global]\n[x]\n  path = ${tree.rootDirectory}/docker\n`;
    fs.writeFileSync(`${tree.rootDirectory}/host/etc/samba/smb.conf`, share);
    expect(await look()).toEqual(['stopped']);
    fake.add({ pid: 70, argv: ['/usr/sbin/smbd'] });
    expect(await look()).toEqual(['refused', 'export']);
  });

  it.each([
    (path: string) => ['/usr/libexec/virtiofsd', `--shared-dir=${path}`],
    (path: string) => [
      'qemu-system-x86_64',
      '-fsdev',
      `local,id=a,path=${path},security_model=none`,
    ],
    (path: string) => ['/usr/sbin/glusterfsd', '-s', 'host', '--brick-name', path],
  ])('refuses a tree that a server names in its command line', async (argv) => {
    fake.add({ pid: 71, argv: argv(tree.rootDirectory) });
    expect(await look()).toEqual(['refused', 'export 71']);
    fake.add({ pid: 72, argv: argv('/elsewhere') });
    fake.add({ pid: 73, argv: [argv('/')[0]!, '-drive', 'file=/'] });
    expect(await look()).toEqual(['refused', 'export 71']);
    fake.add({ pid: 74, argv: argv('/') });
    expect(await look()).toEqual(['refused', 'export 71', 'export 74']);
  });

  it('tells how to end an export, ready to paste', async () => {
    const path = tree.rootDirectory;
    fake.write('fs/nfsd/exports', `${path}\t10.0.0.0/8(rw)\n${path}\t*(ro)\n`);
    const hostRoot = `${path}/host`;
    const verdict = await inspect(tree, settings({ procRoot: fake.folder, hostRoot }));
    const found = verdict.evidence.find(({ kind }) => kind === 'export');
    expect(found?.remedy?.split('\n')).toEqual([
      `exportfs -u 10.0.0.0/8:${path} && exportfs -u '*:${path}'    # while sweeping`,
      'or give --registry-url once per registry instance',
    ]);
  });

  it.each<[string, string, string, (share: string) => string]>([
    ['an included file', 'etc/samba/smb.conf', 'smbd', () => 'include = /etc/samba/more.conf\n'],
    ['a variable in the path', 'etc/samba/smb.conf', 'smbd', (s) => `path = ${s}/%U\n`],
    ['a share of a user', 'var/lib/samba/usershares/x', 'smbd', (s) => `path=${s}\n`],
    ['the kernel’s server', 'etc/ksmbd/ksmbd.conf', 'ksmbd.mountd', (s) => `\tpath = ${s}\n`],
    ['Ganesha', 'etc/ganesha/ganesha.conf', 'ganesha.nfsd', (s) => `EXPORT {Path = "${s}";}`],
  ])('refuses a share by %s', async (_, file, comm, text) => {
    const host = `${tree.rootDirectory}/host`;
    fs.mkdirSync(`${host}/${file.slice(0, file.lastIndexOf('/'))}`, { recursive: true });
    fs.writeFileSync(`${host}/${file}`, text(tree.rootDirectory));
    fs.writeFileSync(`${host}/etc/samba/more.conf`, `path = ${tree.rootDirectory}\n`);
    expect(await look()).toEqual(['stopped']);
    fake.add({ pid: 75, argv: [`/usr/sbin/${comm}`] });
    expect(await look()).toEqual(['refused', 'export']);
  });

  it('tells a writable mount in a container from a read-only one', async () => {
    const root = containerRoot();
    const mountinfo = OVERLAY + bind('/data');
    fake.add({ pid: 80, argv: ['idle'], mountNamespace: 'mnt:[2]', mountinfo, root });
    expect(await look()).toEqual(['refused', 'mount 80']);
    fake.write('80/mountinfo', OVERLAY + bind('/data', 'ro,relatime'));
    expect(await look()).toEqual(['read-only']);
    fs.mkdirSync(`${root}/shadowed/docker/registry/v2`, { recursive: true });
    fake.write('80/mountinfo', OVERLAY + bind('/shadowed'));
    expect(await look()).toEqual(['stopped']);
    fake.write('80/mountinfo', OVERLAY + bind('/nothing-there'));
    expect(await look()).toEqual(['stopped']);
    fake.write('80/mountinfo', OVERLAY);
    expect(await look()).toEqual(['stopped']);
  });

  it('refuses an overlay whose upper holds the tree', async () => {
    const root = containerRoot();
    const mountinfo = OVERLAY.replace('/y', tree.rootDirectory);
    fake.add({ pid: 81, argv: ['idle'], mountNamespace: 'mnt:[3]', mountinfo, root });
    expect(await look()).toEqual(['refused', 'mount 81']);
  });

  it('passes a sandbox on the host’s root, and a mount beside the tree', async () => {
    const mountinfo = OWN + bind(tree.rootDirectory);
    fake.add({ pid: 82, argv: ['unit'], mountNamespace: 'mnt:[4]', mountinfo });
    expect(await look()).toEqual(['stopped']);
  });

  it('passes PID 1 whose namespace can’t be told, unless a mount of its own shows the tree', async () => {
    fs.unlinkSync(`${fake.folder}/1/root`);
    fs.writeFileSync(`${fake.folder}/1/root`, '');
    fake.link('1/root', `${fake.folder}/1/root`); // loops: can't be examined
    expect(await look()).toEqual(['stopped']);
    fake.write('1/mountinfo', OWN + bind('/elsewhere'));
    expect(await look()).toEqual(['refused', 'mount 1']);
  });

  it('finds write descriptors by their flags, in our view and by identity', async () => {
    const path = `${tree.v2}/${LINK_FILE}`;
    fake.add({ pid: 90, argv: ['tail'], fds: { 3: [path, '0100000'] } });
    expect(await look()).toEqual(['stopped']);
    fake.add({ pid: 91, argv: ['cp'], fds: { 3: [path, '0100001'] } });
    fake.add({ pid: 92, argv: ['cp'], fds: { 3: [`${path} (deleted)`, '0100002'] } });
    expect(await look()).toEqual(['refused', 'descriptor 91', 'descriptor 92']);
  });

  it('reads a process again that can’t be read between its fork and its end', () => {
    fake.add({ pid: 95, argv: ['staying'], denied: ['exe'] });
    fake.add({ pid: 96, argv: ['passing'], denied: ['exe'] });
    const link = fake.proc.link.bind(fake.proc);
    let asked = 0;
    vi.spyOn(fake.proc, 'link').mockImplementation((id, name) => {
      if (String(id) !== '96' || name !== 'exe') return link(id, name);
      asked += 1;
      return asked > 8 ? GONE : DENIED;
    });
    const { processes, problems } = readProcesses(fake.proc);
    expect(processes.map((one) => one.pid)).toEqual([1, 95]);
    expect(problems.map((problem) => problem.pid)).toEqual([95]);
  });

  it('judges who listens in a mount namespace with it, but not beside a registry there', () => {
    fake.add({
      pid: 97,
      argv: ['server', tree.rootDirectory],
      mountNamespace: 'mnt:[9]',
      mountinfo: bind('/data'),
      fds: { 3: ['socket:[77]', '02'] },
    });
    fake.write('97/net/tcp', 'sl\n 0: 0100007F:1388 00000000:0000 0A 0:0 00:0 0 0 0 77 1\n');
    const { processes } = readProcesses(fake.proc);
    const guarded = guardedPlaces(fake.proc, tree, undefined);
    const of = (...pids: number[]): MountHolder[] => {
      const inside = { command: 'x', name: 'x', executable: 'plain' } as const;
      const members = pids.map((pid) => ({ ...inside, pid }));
      return [{ pid: 97, command: 'x', namespace: 'mnt:[9]', mounts: [], processes: members }];
    };
    const users = (others: number[], held: readonly MountHolder[]) =>
      findTreeUsers(fake.proc, tree, processes, guarded, new Set(others), held).map(
        ({ pid }) => pid,
      );
    expect([
      users([], of(97)),
      users([98], of(97, 98)),
      users([97], of(97)),
      users([], []),
    ]).toEqual([[], [97], [], [97]]);
  });

  it('refuses a registry that it can’t ask, and one whose root it can’t tell', async () => {
    const other = makeTree();
    const config = `${tree.rootDirectory}/other.yml`;
    fs.writeFileSync(config, `storage: {filesystem: {rootdirectory: ${other.rootDirectory}}}`);
    fs.utimesSync(config, 1000, 1000);
    const exe = `${tree.rootDirectory}/registry`;
    fs.writeFileSync(
      exe,
      'github.com/distribution/distribution/v3/registry/storage/driver/filesystem',
    );
    fake.write('uptime', '1.00 1.00\n'); // it started a moment ago, after its config was written
    fake.add({ pid: 95, argv: ['registry', 'serve', config], exe });
    const why = async () => (await inspect(tree, settings({ procRoot: fake.folder }))).evidence;
    expect((await why())[0]!.message).toContain('but it could not be asked');
    removeTree(other);
    expect((await why())[0]!.message).toContain('may serve this tree; its root is unknown');
    expect(await look()).toEqual(['refused', 'process 95']);
    fake.add({ pid: 96, argv: ['registry', 'serve'], exe });
    expect(await look()).toEqual(['refused', 'process 95', 'process 96']);
  });

  it('tells an engine that carries parts of a registry from a registry', async () => {
    const exe = `${tree.rootDirectory}/dockerd`;
    fs.writeFileSync(exe, 'github.com/docker/distribution/registry/storage/cache/memory');
    fake.add({ pid: 97, argv: ['/usr/bin/dockerd', '-H', 'fd://'], exe });
    expect(await look()).toEqual(['stopped']);
  });
});
