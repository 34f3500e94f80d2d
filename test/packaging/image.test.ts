/** What the image's entry point and the guard in it say; test/e2e/engines runs the image itself. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { topControlGroups } from '../../packaging/container/control-groups.js';
import { isDefaultOf } from '../../src/guard/engines/sockets.js';
import { Proc } from '../../src/guard/host/procfs.js';
import { ownView } from '../../src/guard/host/visibility.js';
import { containerLine, IN_CONTAINER, LEAVE_CGROUPS } from '../../src/runtime/container.js';

const read = (name: string): string =>
  readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

afterEach(() => vi.unstubAllEnvs());

it('with a volume, the guard’s view is incomplete, and the remedy is the line that works', () => {
  const mounted = /^the tree is mounted into this container/;
  expect(ownView(new Proc()).filter(({ message }) => mounted.test(message))).toEqual([]);
  vi.stubEnv(IN_CONTAINER, 'podman');
  const [problem] = ownView(new Proc());
  expect(problem!.message).toMatch(mounted);
  expect(problem!.remedy!.split('\n')).toContain(containerLine('podman', 'COMMAND TREE'));
});

it.each(['README.md', 'README.zh-CN.md'])('%s shows that line', (name) => {
  const lines = read(name).split('\n');
  const root = '/var/lib/docker/volumes/registry/_data';
  expect(lines).toContain(`alias regsweep='${containerLine('docker', '').trim()}'`);
  expect(lines).toContain(`regsweep analyze ${root}`);
  const sweep = `regsweep sweep ${root} --stop-command `;
  expect(lines.filter((line) => line.startsWith(sweep))).toHaveLength(1);
});

it('the host’s topmost control groups are known, from within a namespace of control groups too', () => {
  const lines = [
    '25 1 253:0 / / rw - ext4 /dev/vda rw',
    '31 25 0:27 / /sys/fs/cgroup ro - tmpfs tmpfs ro',
    '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
    '33 31 0:30 /../.. /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
    '34 31 0:31 /a /mnt/a rw - cgroup cgroup rw,pids',
    '35 31 0:32 /../../b /mnt/b rw - cgroup cgroup rw,pids',
  ];
  expect(topControlGroups(`${lines.join('\n')}\n`)).toEqual([
    '/sys/fs/cgroup/cpu/cgroup.procs',
    '/sys/fs/cgroup/unified/cgroup.procs',
  ]);
});

it('Podman’s client is given its socket, as it would start containers in the image’s own', () => {
  const [docker, podman] = ['/var/run/docker.sock', '/run/podman/podman.sock'] as const;
  const env = { [LEAVE_CGROUPS]: '' };
  expect([isDefaultOf({}, docker), isDefaultOf({}, podman)]).toEqual([true, true]);
  expect([isDefaultOf(env, docker), isDefaultOf(env, podman)]).toEqual([true, false]);
  expect(isDefaultOf({ ...env, CONTAINER_HOST: `unix://${podman}` }, podman)).toBe(true);
});
