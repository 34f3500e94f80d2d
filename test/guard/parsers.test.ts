/** What the kernel, configs and registries say, as text. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bystanderRemedy, stopRemedy } from '../../src/guard/decide/remedies.js';
import { ownAddresses, parseTcp } from '../../src/guard/host/listening-sockets.js';
import {
  mountedPathOf,
  overlayTouches,
  sightings,
} from '../../src/guard/host/mounts/mount-sightings.js';
import { parseCgroup, readProcess, withoutSecrets } from '../../src/guard/host/processes.js';
import { isSeen, Proc, parseStat } from '../../src/guard/host/procfs.js';
import { resolveWithin } from '../../src/guard/host/resolve-in-root.js';
import { judge, type ProbeReply } from '../../src/guard/probe/probe.js';
import { configWord, environmentOf } from '../../src/guard/registries/detect-registry-process.js';
import { editedSince } from '../../src/guard/registries/process-config.js';
import { readProcessConfig } from '../../src/registry-config/process-config.js';
import {
  coveringMount,
  overlayFolders,
  parseMountinfo,
} from '../../src/storage/mounts/mountinfo.js';
import { mountedTwice } from '../../src/storage/mounts/own-mounts.js';
import { FakeProc } from './fake-proc.js';

const HOST = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 8:1 / /srv rw,noatime shared:1 - xfs /dev/sda1 rw
41 27 0:50 / /mnt/with\\040space ro - tmpfs none rw
`;

describe('mountinfo', () => {
  const host = parseMountinfo(HOST);

  it('reads flags and escapes', () => {
    expect(host.map(({ mountPoint, writable, fsType }) => [mountPoint, writable, fsType])).toEqual([
      ['/', true, 'ext4'],
      ['/srv', true, 'xfs'],
      ['/mnt/with space', false, 'tmpfs'],
    ]);
  });

  it('finds the mount a path lies on', () => {
    expect(coveringMount(host, '/srv/registry')?.id).toBe('40');
    expect(coveringMount(host, '/srvx')?.id).toBe('27');
  });

  it('sees a place by a bind of it, of a parent, of a part, and not by a neighbour', () => {
    const place = mountedPathOf(new Proc('/nowhere'), host, '/srv/registry/v2')!;
    expect(place).toMatchObject({ device: '8:1', fsPath: '/registry/v2', fsType: 'xfs' });
    const other = parseMountinfo(`1 0 0:9 / / rw - overlay o rw
2 1 8:1 / /disk rw - xfs /dev/sda1 rw
3 1 8:1 /registry /data ro - xfs /dev/sda1 rw
4 1 8:1 /registry/v2/blobs /blobs rw - xfs /dev/sda1 rw
5 1 8:1 /registry/v2x /near rw - xfs /dev/sda1 rw
6 1 8:2 /registry /other rw - xfs /dev/sdb1 rw
`);
    const seen = sightings(other, place);
    expect(seen.map(({ path, hostPath, mount }) => [path, hostPath, mount.writable])).toEqual([
      ['/disk/registry/v2', '/srv/registry/v2', true],
      ['/data/v2', '/srv/registry/v2', false],
      ['/blobs', '/srv/registry/v2/blobs', true],
    ]);
  });

  it('reads an overlay’s folders', () => {
    const [mount] = parseMountinfo(
      '1 0 0:9 / / rw - overlay o rw,lowerdir=/a:/b,upperdir=/srv/up,workdir=/srv/work\n',
    );
    expect(overlayFolders(mount!)).toEqual([
      { path: '/a', writable: false },
      { path: '/b', writable: false },
      { path: '/srv/up', writable: true },
      { path: '/srv/work', writable: true },
    ]);
    expect(overlayTouches('/srv/up', '/srv/up/var/lib/registry')).toBe(true);
    expect(overlayTouches('abc/diff', '/var/lib/docker/overlay2/abc/diff/var')).toBe(true);
    expect(overlayTouches('/srv/upper', '/srv/up')).toBe(false);
  });
});

describe('a registry’s configuration', () => {
  const file = 'version: 0.1\nstorage: {filesystem: {rootdirectory: /data}}\n';

  it('is the file, overlaid by the environment', () => {
    expect(readProcessConfig(file, {})).toEqual({
      storageDriver: 'filesystem',
      rootDirectory: '/data',
      readOnly: false,
      cache: false,
      harbor: false,
      address: ':5000',
      unixSocket: false,
      prefix: '',
      tls: false,
      clientCertificate: false,
      descriptors: { descriptors: undefined },
    });
    const env = {
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/env',
      REGISTRY_HTTP_ADDR: '0.0.0.0:443',
      REGISTRY_HTTP_PREFIX: '/p/',
      REGISTRY_HTTP_TLS_CERTIFICATE: '/crt',
      REGISTRY_PROXY_REMOTEURL: 'https://registry-1.docker.io',
      REGISTRY_STORAGE_DELETE_ENABLED: 'true',
    };
    expect(readProcessConfig(file, env)).toMatchObject({
      rootDirectory: '/env',
      address: '0.0.0.0:443',
      prefix: '/p/',
      tls: true,
      cache: true,
    });
  });

  it.each([
    ['{"enabled":true}', 'REGISTRY_STORAGE_MAINTENANCE_READONLY', true],
    ['{readonly: {enabled: true}}', 'REGISTRY_STORAGE_MAINTENANCE', true],
    ['{readonly: {enabled: "true"}}', 'REGISTRY_STORAGE_MAINTENANCE', false],
    ['true', 'REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED', false],
    ['{"enabled":false}', 'REGISTRY_STORAGE_MAINTENANCE_READONLY', false],
  ])('read-only: %s in %s is %s', (value, name, expected) => {
    expect(readProcessConfig(file, { [name]: value }).readOnly).toBe(expected);
  });

  it('names the setting that has no effect', () => {
    const env = { REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: 'true' };
    expect(readProcessConfig(file, env).ignoredSetting).toBe(Object.keys(env)[0]);
  });

  it('reads YAML 1.1, and keys in any case', () => {
    const text = 'Storage: {Filesystem: {}, maintenance: {readonly: {enabled: yes}}}';
    expect(readProcessConfig(text, {})).toMatchObject({
      readOnly: true,
      rootDirectory: '/var/lib/registry',
    });
  });

  it.each([
    ['/data # the disk', '/data'],
    ['"/data"', '/data'],
    ["'/with # in it'", '/with # in it'],
    ['!!str /data', '/data'],
  ])('reads %s in the environment as YAML', (value, expected) => {
    const env = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: value, REGISTRY_HTTP_ADDR: value };
    expect(readProcessConfig(file, env)).toMatchObject({
      rootDirectory: expected,
      address: expected,
    });
  });

  it.each([
    ['{rootDirectory: /x}', 'rootDirectory'],
    ['{rootdirectory: }', 'relative'],
    ['{rootdirectory: 12}', 'relative'],
    ['{rootdirectory: " /x"}', 'relative'],
  ])('doesn’t guess which rootdirectory %s is', (section, why) => {
    expect(() => readProcessConfig(`storage: {filesystem: ${section}}`, {})).toThrow(why);
  });

  it('takes an empty rootdirectory for /, as the registry joins it', () => {
    const text = 'storage: {filesystem: {rootdirectory: ""}}';
    expect(readProcessConfig(text, {}).rootDirectory).toBe('/');
  });

  it('knows nothing of what it can’t tell', () => {
    expect(() => readProcessConfig('', {})).toThrow('no storage driver');
    expect(() => readProcessConfig(file, { REGISTRY_STORAGE_S3_BUCKET: 'b' })).toThrow('several');
    expect(() => readProcessConfig('storage: {filesystem: {rootdirectory: x}}', {})).toThrow();
    expect(() => readProcessConfig('{{', {})).toThrow();
    expect(readProcessConfig('storage: {s3: {}}', {}).rootDirectory).toBeUndefined();
  });
});

describe('live answers', () => {
  const reply = (status: number, allow: string, body = '', api = 'registry/2.0'): ProbeReply => ({
    status,
    allow,
    body,
    api,
    challenge: '',
  });
  const readOnly = [reply(200, 'GET, HEAD'), reply(405, 'GET, HEAD')] as const;
  const invalid = reply(400, '', '{"errors":[{"code":"MANIFEST_INVALID"}]}');

  it.each([
    ['both say read-only', ...readOnly, 'read-only'],
    ['both say writable', reply(200, 'DELETE, GET, HEAD, PUT'), invalid, 'writable'],
    ['they disagree', readOnly[0], invalid, 'writable'],
    ['a login', reply(401, ''), reply(401, ''), 'unknown'],
    ['only one answers', readOnly[0], { error: 'refused' }, 'unknown'],
    ['no registry', reply(200, 'GET, HEAD', '', ''), reply(405, '', '', ''), 'unknown'],
    ['a proxy before it', readOnly[0], reply(405, '', '', ''), 'unknown'],
    ['a redirect', reply(301, ''), reply(301, ''), 'unknown'],
    ['unavailable', reply(503, ''), reply(503, ''), 'unknown'],
    ['deletes allowed, no puts', reply(200, 'GET, HEAD, DELETE'), readOnly[1], 'unknown'],
    ['no methods at all', reply(200, ''), readOnly[1], 'unknown'],
  ] as const)('%s', (_, options, put, state) => {
    expect(judge('http://x', { options, put }).state).toBe(state);
  });
});

describe('ways out', () => {
  const who = { pid: 7, command: 'x' };

  it('offer to let regsweep stop it, and start it again where that is known', () => {
    expect([
      stopRemedy(who),
      stopRemedy({ ...who, unit: 'docker-registry.service' }),
      stopRemedy({ ...who, engine: 'kubernetes', container: 'abc' }),
    ]).toEqual([
      "kill 7\nor let regsweep do it, with --stop-command 'kill 7'",
      'systemctl stop docker-registry.service\nor let regsweep do it, with --stop-command ' +
        "'systemctl stop docker-registry.service' --start-command 'systemctl start docker-registry.service'",
      'kubectl scale --replicas=0 deployment/NAME    # the workload of container abc',
    ]);
  });

  it('quote what a process calls itself', () => {
    const process = { pid: 7, command: 'x', executable: 'plain', sha256: 'aa' } as const;
    const line = (name: string) =>
      bystanderRemedy([{ ...process, name }])?.split('bystanders: ')[1];
    expect(parse(line('x, sha256: bb}, {command: evil')!.slice(0, -1))).toEqual([
      { command: 'x, sha256: bb}, {command: evil', sha256: 'aa' },
    ]);
    expect(line('node_exporter')).toBe('[{command: node_exporter, sha256: aa}]}');
  });
});

describe('processes', () => {
  it('reads a stat line with brackets and spaces in the name', () => {
    const line = `12 (a) (b c) S 1 2 3 4 5 4194304 ${'0 '.repeat(12)}777 0`;
    expect(parseStat(line)).toEqual({
      comm: 'a) (b c',
      state: 'S',
      parent: 1,
      kernelThread: false,
      startTicks: 777,
    });
    expect(parseStat('2 (kthreadd) S 0 0 0 0 -1 2129984 0').kernelThread).toBe(true);
  });

  it.each([
    [`0::/system.slice/docker-${'a'.repeat(64)}.scope`, 'docker', 'a'.repeat(12), undefined],
    [`9:cpu:/docker/${'b'.repeat(64)}`, 'docker', 'b'.repeat(12), undefined],
    [`0::/machine.slice/libpod-${'c'.repeat(64)}.scope`, 'podman', 'c'.repeat(12), undefined],
    [
      `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${'d'.repeat(64)}.scope`,
      'kubernetes',
      'd'.repeat(12),
      undefined,
    ],
    ['0::/lxc.payload.box/init.scope', 'lxc', 'box', undefined],
    ['0::/system.slice/docker-registry.service', undefined, undefined, 'docker-registry.service'],
    ['0::/', undefined, undefined, undefined],
    // Stopping a user's manager, or what runs all logins, ends far more than one registry.
    [
      '0::/user.slice/user-1.slice/user@1.service/app.slice/r.service',
      undefined,
      undefined,
      undefined,
    ],
    ['0::/system.slice/ssh.service', undefined, undefined, undefined],
    // Users may name control groups as they like.
    ['0::/system.slice/$(reboot).service', undefined, undefined, undefined],
    ['0::/lxc/a;reboot/x', undefined, undefined, undefined],
  ])('reads the control group %s', (text, engine, container, unit) => {
    const found = parseCgroup(`${text}\n`);
    expect([found.engine, found.container, found.unit]).toEqual([engine, container, unit]);
  });

  it.each([
    ['docker-registry serve /etc/registry/config.yml', undefined],
    ['rclone --sftp-pass-file /p mount', undefined],
    ['x --password hunter2 --token=abc serve', 'x --password *** --token=*** serve'],
    ['PGPASSWORD=hunter2 pg_dump', 'PGPASSWORD=*** pg_dump'],
    ['cp redis://:hunter2@host/0 http://u:p@h/x', 'cp redis://:***@host/0 http://u:***@h/x'],
  ])('shows a command line without its secrets: %s', (line, shown) => {
    expect(withoutSecrets(line)).toBe(shown ?? line);
  });

  it('finds the config in a command line', () => {
    expect(configWord(['registry', 'serve', '/etc/c.yml'])).toBe('/etc/c.yml');
    expect(configWord(['registry', 'garbage-collect', '-m', '/c.yaml'])).toBe('/c.yaml');
    expect(configWord(['npm', 'run', 'x.yml'])).toBeUndefined();
    expect(configWord(['serve', 'c.yml'])).toBeUndefined();
    // The registry reads the first word, whatever it is called.
    expect(configWord(['registry', 'serve', '/etc/c', '/decoy.yml'])).toBe('/etc/c');
    expect(configWord(['/lib64/ld.so', '/registry', 'serve'])).toBeUndefined();
  });

  it('finds listening sockets, loopback for all addresses', () => {
    const table = `  sl  local_address rem_address   st
   0: 00000000:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1
   1: 0200A8C0:1389 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1
   2: 0100007F:138A 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 13 1
   3: 0100007F:138B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 14 1
   4: 00000000000000000000000001000000:138C 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 15 1
   5: 00000000000000000000000000000000:138D 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 16 1
   6: 00000000000000000000000000000000:138E 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 17 1
   7: 00000000:138E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18 1
`;
    const rows = parseTcp(table);
    expect(rows.map(({ inode }) => inode)).toEqual(['11', '12', '14', '15', '16', '17', '18']);
    expect(ownAddresses(rows, new Set(['11', '12', '13', '15', '16', '17']))).toEqual([
      { host: '127.0.0.1', port: 5000 },
      { host: '192.168.0.2', port: 5001 },
      { host: '0:0:0:0:0:0:0:1', port: 5004 },
      { host: '127.0.0.1', port: 5005 },
      // Who listens on all of IPv4 answers there: the other family is the process's own.
      { host: '::1', port: 5006 },
    ]);
    expect(ownAddresses(rows, new Set(['18']))).toEqual([{ host: '127.0.0.1', port: 5006 }]);
    const twice = [rows[0]!, { ...rows[0]!, inode: '99' }];
    expect(ownAddresses(twice, new Set(['11']))).toEqual([
      { host: '127.0.0.1', port: 5000, shared: true },
    ]);
  });
});

describe('what a registry process read when it started', () => {
  const makeFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-started-'));

  it('has the first of two variables of one name', () => {
    const fake = new FakeProc(`${makeFolder()}/proc`);
    fake.add({ pid: 95, argv: ['registry'] });
    fake.write('95/environ', 'A=1\0B=\0A=2\0');
    const info = readProcess(fake.proc, 95);
    expect(isSeen(info) && environmentOf(fake.proc, info)).toEqual({ A: '1', B: '' });
  });

  it.each([
    ['the file', (top: string) => fs.renameSync(`${top}/other.yml`, `${top}/a/b/config.yml`)],
    ['its folder', (top: string) => fs.renameSync(`${top}/new`, `${top}/a/b`)],
    ['a folder above', (top: string) => fs.renameSync(`${top}/newer`, `${top}/a`)],
    ['a link on the way', (top: string) => fs.symlinkSync('new', `${top}/a/b`)],
  ])('is another where %s was exchanged since', async (what, exchange) => {
    const top = makeFolder();
    const config = `${top}/a/b/config.yml`;
    for (const folder of ['a/b', 'new', 'newer/b']) {
      fs.mkdirSync(`${top}/${folder}`, { recursive: true });
      fs.writeFileSync(`${top}/${folder}/config.yml`, '');
    }
    fs.writeFileSync(`${top}/other.yml`, '');
    const sinceMs = fs.statSync(`${top}/other.yml`).ctimeMs + 5;
    await new Promise((resolve) => setTimeout(resolve, 20));
    // What is written beside them changes nothing.
    fs.writeFileSync(`${top}/a/c`, '');
    expect(resolveWithin('', config).exchangedMs).toBeLessThan(sinceMs);
    if (what === 'a folder above') fs.renameSync(`${top}/a`, `${top}/old`);
    else if (what !== 'the file') fs.renameSync(`${top}/a/b`, `${top}/a/old`);
    if (what === 'a link on the way') fs.renameSync(`${top}/new`, `${top}/a/new`);
    exchange(top);
    expect(resolveWithin('', config).exchangedMs).toBeGreaterThan(sinceMs);
  });

  it('is another by an edit since, whatever the clock was set to after that', () => {
    const fake = new FakeProc(`${makeFolder()}/proc`);
    fake.add({ pid: 95, argv: ['registry'] });
    const info = readProcess(fake.proc, 95);
    if (!isSeen(info)) throw new Error('not there');
    const nowMs = Date.now();
    const hour = 3_600_000;
    const edited = (startedMs: number, changedMs: number) =>
      editedSince(fake.proc, info, startedMs, changedMs);
    expect([
      edited(nowMs, nowMs - hour),
      edited(nowMs, nowMs + 1000),
      edited(nowMs, nowMs + hour),
      // The clock was set forward by two hours since: by it, the process started after the edit.
      edited(nowMs + 2 * hour, nowMs + hour),
    ]).toEqual([false, 'at-start', 'since', 'since']);
  });
});

describe('folders of the tree that a mount inside of it shows again', () => {
  const v2 = '/srv/r/docker/registry/v2';
  const tree = '40 1 8:1 / /srv rw - xfs /dev/sda1 rw';
  const inside = (device: string, from: string, to: string, rest = 'xfs /dev/sda1 rw') =>
    `41 40 ${device} ${from} ${v2}/repositories/${to} rw - ${rest}`;

  it.each([
    [
      'a bind mount',
      inside('8:1', '/r/docker/registry/v2/repositories/a', 'b'),
      ['repositories/a'],
    ],
    [
      'a part of it',
      inside('8:1', '/r/docker/registry/v2/repositories/a/x', 'b/x'),
      ['repositories/a/x'],
    ],
    ['another disk', inside('8:2', '/', 'b', 'ext4 /dev/sdb rw'), []],
    ['a folder elsewhere on the disk', inside('8:1', '/archive', 'b'), []],
    ['a folder above itself', inside('8:1', '/r/docker/registry/v2/repositories', 'b/c'), []],
    [
      'an overlay',
      inside('0:50', '/', 'b', `overlay none ro,lowerdir=${v2}/repositories/a:/srv/other`),
      ['repositories/a'],
    ],
    [
      'an overlay that names its folders from elsewhere',
      inside('0:50', '/', 'b', 'overlay none ro,lowerdir=a:c'),
      ['blobs', 'repositories'],
    ],
  ])('%s', (_, line, folders) => {
    expect(mountedTwice(v2, parseMountinfo(`${tree}\n${line}\n`))).toEqual(folders);
  });

  it('two mounts of one place show each other', () => {
    const disk = (to: string) => inside('8:2', '/', to, 'ext4 /dev/sdb rw');
    const mounts = parseMountinfo(`${tree}\n${disk('a')}\n${disk('b')}\n`);
    expect(mountedTwice(v2, mounts)).toEqual(['repositories/b', 'repositories/a']);
  });
});
