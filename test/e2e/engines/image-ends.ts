/** Signals to the image's container, and its terminal. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BIN } from '../../harness/cli.js';
import type { Running } from '../../harness/process.js';
import { tempFolder } from '../../harness/temp.js';
import { Terminal } from '../../harness/terminal.js';
import { FLAGS, type ImageScene, SELECT } from './image-scene.js';

const LIMIT_MS = 40_000;

async function until(isSo: () => boolean | Promise<boolean>, running: Running): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  while (!(await isSo())) {
    if (running.child.exitCode !== null || Date.now() > end) throw new Error(running.output());
    await delay(100);
  }
}

export function endsCleanly(scene: ImageScene): void {
  it.each([
    { signal: 'SIGINT', told: ['kill', '-s', 'SIGINT'] },
    { signal: 'SIGTERM', told: ['stop', '-t', '30'] },
  ])('$signal ends it cleanly, and nothing is changed', async ({ signal, told }) => {
    const before = scene.tree();
    const client = scene.begin(
      'told',
      'sweep',
      scene.root,
      ...SELECT,
      '--yes',
      '--quiet-window',
      '60s',
    );
    await until(() => /\d+ items/.test(client.output()), client);
    await scene.engine.cli(...told, 'told');
    const { code, stderr } = await client.ended;
    expect([code, stderr]).toEqual([130, expect.stringContaining(`${signal}: ending cleanly`)]);
    expect(scene.tree()).toEqual(before);
  });

  it('starts the registry again, should the container be killed while it is stopped', async () => {
    await scene.serve();
    const before = scene.tree();
    const sweep = ['sweep', scene.root, ...SELECT, '--yes', '--quiet-window', '5s'];
    // Whatever changed since the scan is watched for a whole window after the stop.
    const [stopFlag, stop, ...starting] = scene.commands;
    const change = `${stop} && touch ${scene.root}/docker/registry/v2/repositories`;
    const client = scene.begin('killed', ...sweep, stopFlag!, change, ...starting);
    await until(async () => (await scene.status()) === 'exited', client);
    await delay(1000);
    await scene.engine.cli('kill', 'killed');
    await client.ended;
    const end = Date.now() + LIMIT_MS;
    while ((await scene.status()) !== 'running' && Date.now() < end) await delay(100);
    expect(await scene.status()).toBe('running');
    expect(scene.tree()).toEqual(before);
  });

  it('has the terminal’s width, and Ctrl-C at its question ends it', async () => {
    const words = scene.words(['-it', '-e', 'NO_COLOR=1', ...FLAGS], []);
    const inImage = [scene.client, ...words].join(' ');
    const analyze = `analyze ${scene.root} -m --min-age 0s`;
    for (const columns of [72, 110]) {
      const seen = await screenOf(`${inImage} ${analyze}`, columns);
      const onHost = await screenOf(`NO_COLOR=1 ${process.execPath} ${BIN} ${analyze}`, columns);
      expect(seen).toEqual(onHost);
      expect(seen).toContain('exit 0');
    }
    const before = scene.tree();
    // From a file: the terminal's server listens, and must not name the tree among its arguments.
    const script = join(await tempFolder(), 'sweep.sh');
    await writeFile(script, `${inImage} sweep ${scene.root} ${SELECT.join(' ')}\n`);
    const asking = new Terminal(`sh ${script}`, 110, 40);
    try {
      // What follows may wrap.
      await asking.see(/to quarantine\?/);
      asking.press('C-c');
      await asking.see('exit 130');
    } finally {
      asking.close();
    }
    expect(scene.tree()).toEqual(before);
  });
}

/** Without what is free on the filesystem, which differs from one moment to the next. */
async function screenOf(command: string, columns: number): Promise<string[]> {
  const terminal = new Terminal(command, columns, 60);
  try {
    const lines = await terminal.see(/^exit \d+$/m);
    return lines.filter((line) => line !== '' && !line.startsWith('Filesystem:'));
  } finally {
    terminal.close();
  }
}
