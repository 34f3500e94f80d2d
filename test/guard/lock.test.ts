/** One regsweep at a time; the lock ends with its process, however that ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock } from '../../src/guard/index.js';
import { acquireSocket } from '../../src/guard/lock/socket.js';
import type { StorageTree } from '../../src/storage/port.js';
import { needs } from '../harness/require.js';
import { makeTree, removeTree, start, stopAll, until } from './support.js';

describe('the lock', () => {
  let tree: StorageTree;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await stopAll();
    removeTree(tree);
  });

  /** Another regsweep process that takes the lock and waits. */
  const otherProcess = async (prefix: readonly string[] = []): Promise<ChildProcess> => {
    const script = path.join(import.meta.dirname, 'lock-main.ts');
    const argv = [...prefix, process.execPath, '--import', 'tsx', script, tree.rootDirectory];
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    return child;
  };

  it('is held once, names its holder, and is free again', async () => {
    const lock = await acquireLock(tree, 'regsweep sweep');
    await expect(acquireLock(tree, 'regsweep rm')).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`process ${process.pid} (regsweep sweep), since 20`),
    });
    await lock.release();
    await lock.release();
    await (await acquireLock(tree, 'regsweep rm')).release();
  });

  it('ends when its process is killed', async () => {
    const child = await otherProcess();
    await expect(acquireLock(tree, 'x')).rejects.toThrow(`process ${child.pid} (other)`);
    child.kill('SIGKILL');
    await until('the lock is free', () =>
      acquireLock(tree, 'x').then(
        (lock) => lock.release().then(() => true),
        () => false,
      ),
    );
  });

  it('isn’t inherited by programs that are started meanwhile', async () => {
    const lock = await acquireLock(tree, 'first');
    start('sleep', ['60']);
    await lock.release();
    await (await acquireLock(tree, 'second')).release();
  });

  it('holds across mount and network namespaces', needs('mounts'), async () => {
    await otherProcess(['unshare', '-m', '-n']);
    await expect(acquireLock(tree, 'x')).rejects.toMatchObject({ code: 'locked' });
  });

  it('takes no symbolic link for its folder or file', async () => {
    const state = `${tree.rootDirectory}/.regsweep`;
    fs.symlinkSync('/tmp', state);
    await expect(acquireLock(tree, 'x')).rejects.toThrow('is not a folder');
    fs.unlinkSync(state);
    fs.mkdirSync(state);
    fs.symlinkSync(`${tree.rootDirectory}/victim`, `${state}/lock`);
    await expect(acquireLock(tree, 'x')).rejects.toThrow('ELOOP');
    expect(fs.existsSync(`${tree.rootDirectory}/victim`)).toBe(false);
  });

  it('does without flock(1): a socket, with deep paths, replaced when its owner is dead', async () => {
    const folder = `${tree.rootDirectory}/${'deep/'.repeat(30)}`;
    fs.mkdirSync(folder, { recursive: true });
    const first = await acquireSocket(folder);
    expect(first).not.toBe('held');
    expect(await acquireSocket(folder)).toBe('held');
    if (first !== 'held') await first.release();
    expect(fs.readdirSync(folder)).toEqual([]);
    await makeDeadSocket(`${tree.rootDirectory}/dead.sock`);
    fs.renameSync(`${tree.rootDirectory}/dead.sock`, `${folder}/lock.sock`);
    const second = await acquireSocket(folder);
    expect(second).not.toBe('held');
    expect(await acquireSocket(folder)).toBe('held');
    if (second !== 'held') await second.release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

/** What a killed owner leaves. */
async function makeDeadSocket(file: string): Promise<void> {
  const source = `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`;
  const child = spawn(process.execPath, ['-e', source]);
  await new Promise((resolve) => child.once('close', resolve));
  expect(fs.lstatSync(file).isSocket()).toBe(true);
}
