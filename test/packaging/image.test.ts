/** What the image's entry point and the guard in it say; test/e2e/engines runs the image itself. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { Proc } from '../../src/guard/host/procfs.js';
import { ownView } from '../../src/guard/host/visibility.js';
import { containerLine, IN_CONTAINER } from '../../src/runtime/container.js';

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
  expect(lines).toContain(containerLine('docker', `analyze ${root}`));
  const sweep = containerLine('docker', `sweep ${root} --stop-command `);
  expect(lines.filter((line) => line.startsWith(sweep))).toHaveLength(1);
});
