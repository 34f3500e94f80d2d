/** Processes without a sign of a registry that may write to the tree: servers in other languages, FUSE. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { freePort } from '../harness/ports.js';
import { type Running, run, start } from '../harness/process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, storeWith, sweep } from './world.js';

async function store(): Promise<string> {
  const random = new Random('guard-users');
  const gone = images.dockerImage(random);
  return storeWith(async (client) => {
    await client.push('prod/app', images.dockerImage(random), 'kept');
    await client.push('prod/app', gone, 'gone');
    await client.deleteManifest('prod/app', gone.manifest.digest);
  });
}

const SERVER =
  "require('net').createServer().listen(Number(process.env.PORT), '127.0.0.1', () => console.log('up'))";

async function started(running: Running): Promise<Running> {
  for (let i = 0; i < 500 && !running.output().includes('up'); i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(running.output()).toContain('up');
  return running;
}

describe('a process that listens', needs('registry', 'guard'), () => {
  let root: string;
  beforeEach(async () => {
    root = await store();
  });

  /** An idle server of another language; its own folder is somewhere else. */
  const serve = async (
    words: readonly string[],
    more: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
  ): Promise<Running> => {
    const env = { PATH: process.env.PATH, PORT: String(await freePort()), ...more.env };
    const argv = ['-e', SERVER, '--', ...words];
    return started(start(process.execPath, argv, { env, cwd: more.cwd ?? '/' }));
  };

  it.each<[string, (root: string) => Promise<Running>]>([
    ['in its arguments', (at) => serve([at])],
    ['behind an option', (at) => serve([`--data=${at}/`])],
    ['in a list', (at) => serve([`a:${at}:rw`])],
    ['as a folder of it', (at) => serve([`${at}/docker/registry/v2/repositories/prod`])],
    ['by a relative path', (at) => serve(['root'], { cwd: join(at, '..') })],
    ['in its environment', (at) => serve([], { env: { STORE: at } })],
    ['in its working directory', (at) => serve([], { cwd: `${at}/docker` })],
    [
      'by a link',
      async (at) => {
        const link = join(await tempFolder(), 'link');
        execFileSync('ln', ['-s', `${at}/docker/registry/v2/repositories`, link]);
        return serve([link]);
      },
    ],
  ])('and names the tree %s is against it', async (where, begin) => {
    const before = snapshot(`${root}/docker`);
    const server = await begin(root);
    try {
      const { stderr } = expectCode(await sweep(root), 12);
      expect(stderr).toContain(`process ${server.pid} `);
      expect(stderr).toContain('listens for connections and names this tree');
      if (where.startsWith('in its ')) expect(stderr).toContain(where);
      expect(snapshot(`${root}/docker`)).toEqual(before);
    } finally {
      await server.stop('SIGKILL');
    }
    expectCode(await sweep(root), 0);
  });

  it.each<[string, (root: string) => Promise<Running>]>([
    ['its neighbour', (at) => serve([`${at}-other`, join(at, '..')])],
    ['it as where a shell was', (at) => serve([], { env: { PWD: at, OLDPWD: at } })],
  ])('and names %s is none', async (_, begin) => {
    const server = await begin(root);
    try {
      expectCode(await sweep(root), 0);
    } finally {
      await server.stop('SIGKILL');
    }
  });

  it('may be named as a bystander, which is shown; not with another executable', async () => {
    const server = await serve([root]);
    const exe = realpathSync(process.execPath);
    const sha256 = createHash('sha256').update(readFileSync(exe)).digest('hex');
    const settings = join(await tempFolder(), 'settings.yaml');
    const write = (hash: string): void =>
      writeFileSync(settings, `guard: {bystanders: [{command: node, sha256: ${hash}}]}\n`);
    try {
      const refused = await regsweep(['guard', root]);
      expectCode(refused, 12);
      expect(refused.stdout).toContain(`guard: {bystanders: [{command: node, sha256: ${sha256}}]}`);
      write(sha256);
      const shown = expectCode(await regsweep(['guard', root, '--settings', settings]), 0);
      expect(shown.stdout).toContain('uses this tree and is a configured bystander');
      expectCode(await sweep(root, '--settings', settings), 0);
      expect(readFileSync(`${root}/.regsweep/audit.jsonl`, 'utf8')).toContain(
        'configured bystander',
      );
      write('a'.repeat(64));
      const { stderr } = expectCode(await sweep(root, '--settings', settings), 12);
      expect(stderr).toContain('doesn’t match');
    } finally {
      await server.stop('SIGKILL');
    }
  });
});

describe('a FUSE file system over the tree', needs('registry', 'guard', 'mounts', 'bindfs'), () => {
  it('is against it, and the way out is to unmount it', async () => {
    const root = await store();
    const view = join(await tempFolder(), 'view');
    mkdirSync(view);
    execFileSync('bindfs', [`${root}/docker`, view]);
    try {
      const { stderr } = expectCode(await sweep(root), 12);
      expect(stderr).toContain('serves a FUSE filesystem and names this tree');
      expect(stderr).toContain(`umount ${view}`);
    } finally {
      await run('umount', [view]);
    }
    expect(existsSync(`${view}/registry`)).toBe(false);
    expectCode(await sweep(root), 0);
  });
});
