/** What comes back or is purged while the registry is down for it, and up again afterwards. */
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN, regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { Terminal } from '../harness/terminal.js';
import { commands, endServices, service } from './service.js';
import { everything, expectCode, purge, restore, storeWith, sweep } from './world.js';

afterEach(endServices);

const random = new Random('trash downtime');

/** One image served, one in quarantine. */
async function swept(): Promise<{ root: string; before: Awaited<ReturnType<typeof everything>> }> {
  const gone = images.dockerImage(random);
  const root = await storeWith(async (client) => {
    await client.push('app', images.dockerImage(random), 'kept');
    await client.push('app', gone);
  });
  const before = await everything(root);
  expectCode(await sweep(root, '-m'), 0);
  return { root, before };
}

describe('trash with --stop-command and --start-command', needs('registry', 'guard'), () => {
  it('restores while the registry is down', async () => {
    const { root, before } = await swept();
    const up = await service(root);
    const result = expectCode(await restore(root, ...commands(up)), 0);
    expect(result.json).toMatchObject({ command: 'trash restore', state: 'done' });
    expect(readFileSync(up.log, 'utf8')).toBe('stop\nstart\n');
    expect(await up.served()).toEqual(before);
    expect((await regsweep(['trash', 'list', root, '--format', 'json'])).json).toMatchObject({
      runs: [],
    });
  });

  it('purges while the registry is down, knowing its cache from before the stop', async () => {
    const { root } = await swept();
    const up = await service(root);
    const result = expectCode(await purge(root, ...commands(up)), 0);
    expect(result.json).toMatchObject({ command: 'trash purge', runs: 1, state: 'done' });
    expect(readFileSync(up.log, 'utf8')).toBe('stop\nstart\n');
    await up.up();
  });

  it('tells of a failed start also where nothing was restored, since the registry may be down', async () => {
    const { root } = await swept();
    const up = await service(root);
    const flags = commands({ ...up, stop: 'echo stop; exit 3', start: 'exit 7' });
    const result = await restore(root, ...flags);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('THE START COMMAND FAILED (exit 7)');
    expect(result.stderr).toContain('before that: the stop command failed (exit 3)');
    await up.served();
  });

  it('stops nothing where there is nothing to do', async () => {
    const { root } = await swept();
    expectCode(await restore(root), 0);
    const up = await service(root);
    expectCode(await purge(root, ...commands(up)), 0);
    expect(existsSync(up.log)).toBe(false);
  });
});

describe('questions', needs('registry', 'guard', 'tmux'), () => {
  it.each([
    ['n', 'exit 1', 'declined; nothing was changed'],
    ['C-c', 'exit 130', 'Aborted; nothing was changed.'],
    ['C-d', 'exit 130', 'Aborted; nothing was changed.'],
  ])('answered by %s: %s', async (key, exit, message) => {
    const { root } = await swept();
    const tree = snapshot(`${root}/docker`);
    const words = [process.execPath, BIN, 'trash', 'restore', root, '--quiet-window', '200ms'];
    const terminal = new Terminal(words.join(' '), 100, 24);
    try {
      await terminal.see('[y/N]');
      terminal.press(key, ...(key === 'n' ? ['Enter'] : []));
      const end = (await terminal.see(exit)).join('\n');
      expect(end).toContain(message);
      expect(end).not.toContain('    at ');
    } finally {
      terminal.close();
    }
    expect(snapshot(`${root}/docker`)).toEqual(tree);
  });
});
