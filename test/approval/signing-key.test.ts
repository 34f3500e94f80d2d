/** Which key `plan approve` signs with. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withSigningKey } from '../../src/app/approval/signing-key.js';
import { runProgram } from '../../src/app/approval/ssh-keygen.js';
import { type Running, start } from '../harness/process.js';
import { needs } from '../harness/require.js';
import { type Person, person } from '../harness/signers.js';
import { tempFolder } from '../harness/temp.js';

const { HOME, SSH_AUTH_SOCK, GIT_CONFIG_GLOBAL } = process.env;
let folder: string;
let agent: Running;
let alice: Person;

/** What the file says that signs. */
const chosen = (named?: string): Promise<string> =>
  withSigningKey(named, async (file) =>
    file === alice.key ? 'her private key' : readFileSync(file, 'utf8').trim(),
  );

const git = (name: string, value: string) => runProgram('git', ['config', '--global', name, value]);
const add = ({ key }: Person) => runProgram('ssh-add', ['-q', key]);

describe('the key', needs('ssh-keygen', 'git'), () => {
  beforeEach(async () => {
    folder = await tempFolder();
    process.env.HOME = folder;
    process.env.GIT_CONFIG_GLOBAL = join(folder, 'gitconfig');
    process.env.SSH_AUTH_SOCK = join(folder, 'agent');
    agent = start('ssh-agent', ['-D', '-a', process.env.SSH_AUTH_SOCK]);
    alice = person(folder, 'alice');
    const listens = async () => (await runProgram('ssh-add', ['-L'])).stdout.includes('no ident');
    while (!(await listens())) await sleep(20);
  });

  afterEach(async () => {
    await agent.stop();
    for (const [name, value] of Object.entries({ HOME, SSH_AUTH_SOCK, GIT_CONFIG_GLOBAL })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('is the one that is named', async () => {
    expect(await chosen(alice.key)).toBe('her private key');
    await expect(chosen(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'usage' });
  });

  it('is the one that git signs with', async () => {
    await git('user.signingkey', '~/alice');
    await expect(chosen()).rejects.toThrow('git has no user.signingkey, and ssh-agent has no key');
    await git('gpg.format', 'ssh');
    expect(await chosen()).toBe('her private key');
    await git('user.signingkey', `key::${alice.public} alice`);
    expect(await chosen()).toBe(`${alice.public} alice`);
    await git('user.signingkey', `${alice.public} alice`);
    expect(await chosen()).toBe(`${alice.public} alice`);
  });

  it('is the only one in ssh-agent, which signs with it', async () => {
    await add(alice);
    rmSync(alice.key);
    expect(await chosen()).toBe(`${alice.public} alice`);
    const signed = await withSigningKey(undefined, (file) =>
      runProgram('ssh-keygen', ['-Y', 'sign', '-n', 'n', '-f', file], 'text'),
    );
    expect(signed.stdout).toContain('BEGIN SSH SIGNATURE');
    await add(person(folder, 'bob'));
    await expect(chosen()).rejects.toThrow('ssh-agent has 2 keys');
  });
});
