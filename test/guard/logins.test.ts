/** Registries that ask who we are: htpasswd, tokens, client certificates; and one on a unix socket. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { explainRefusal, inspect } from '../../src/guard/index.js';
import type { StorageTree } from '../../src/storage/port.js';
import { regsweep } from '../harness/cli.js';
import { needs } from '../harness/require.js';
import { type Grant, makePki, makeToken, type Pki } from './pki.js';
import {
  clear,
  makeTree,
  removeTree,
  settings,
  start,
  startRegistry,
  stopAll,
  until,
} from './support.js';

const READ_ONLY = { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' };
const PASSWORD = 'only-in-the-file';

describe('registries that want a login', needs('registry', 'guard', 'mounts'), () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-pki-'));
  let tree: StorageTree;
  let pki: Pki;
  let tokens: http.Server | undefined;
  beforeAll(() => {
    pki = makePki(`${folder}/pki`);
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  beforeEach(() => {
    tree = makeTree();
    fs.writeFileSync(`${tree.rootDirectory}/password`, `${PASSWORD}\n`);
  });
  afterEach(async () => {
    await stopAll();
    tokens?.close();
    tokens = undefined;
    removeTree(tree);
  });

  const login = () =>
    ({ registryUser: 'u', registryPasswordFile: `${tree.rootDirectory}/password` }) as const;
  const remedies = async (more = {}): Promise<string> => {
    const verdict = await inspect(tree, settings(more));
    expect(verdict.state).toBe('refused');
    expect(JSON.stringify(verdict)).not.toContain(PASSWORD);
    return explainRefusal(verdict).remedies.join('\n');
  };

  /** A token server that grants what is asked for, to whoever has the password. */
  const startTokens = async (grants = (all: Grant[]): Grant[] => all): Promise<string> => {
    tokens = http.createServer((request, response) => {
      const expected = `Basic ${Buffer.from(`u:${PASSWORD}`).toString('base64')}`;
      if (request.headers.authorization !== expected) return response.writeHead(401).end();
      const query = new URL(request.url!, 'http://x').searchParams;
      const access = query.getAll('scope').map((scope): Grant => {
        const [type, name, actions] = scope.split(':');
        return { type: type!, name: name!, actions: actions!.split(',') };
      });
      return response.end(
        JSON.stringify({ token: makeToken(pki, query.get('service')!, grants(access)) }),
      );
    });
    await new Promise<void>((resolve) => tokens!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
  };

  const tokenEnv = (realm: string) => ({
    REGISTRY_AUTH: 'token',
    REGISTRY_AUTH_TOKEN_REALM: realm,
    REGISTRY_AUTH_TOKEN_SERVICE: 'here',
    REGISTRY_AUTH_TOKEN_ISSUER: 'test',
    REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: pki.ca,
  });

  it.each([
    ['read-only', READ_ONLY, 'read-only'],
    ['writable', {}, 'refused'],
  ] as const)('tokens: a %s registry', async (_, env, state) => {
    await startRegistry(tree, { ...env, ...tokenEnv(await startTokens()) });
    expect(await remedies()).toContain('--registry-user');
    expect((await inspect(tree, settings(login()))).state).toBe(state);
  });

  it('tokens: one that may not push proves nothing, a wrong password neither', async () => {
    const pullOnly = (all: Grant[]): Grant[] => all.map((one) => ({ ...one, actions: ['pull'] }));
    await startRegistry(tree, { ...READ_ONLY, ...tokenEnv(await startTokens(pullOnly)) });
    expect(await remedies(login())).toContain('a user who may push');
    fs.writeFileSync(`${tree.rootDirectory}/password`, 'wrong');
    expect(await remedies(login())).toContain('--registry-user');
  });

  it('tokens: no password goes to a token server elsewhere in the clear', async () => {
    await startRegistry(tree, { ...READ_ONLY, ...tokenEnv('http://192.0.2.1/token') });
    const verdict = await inspect(tree, settings(login()));
    expect(verdict.evidence.map(({ message }) => message).join()).toContain(
      'its token server http://192.0.2.1 doesn’t use https, so no password is sent there',
    );
    expect(verdict.state).toBe('refused');
  });

  it('tokens: a URL is shown to serve this tree with them too', async () => {
    const env = { ...READ_ONLY, ...tokenEnv(await startTokens()) };
    const { port } = await startRegistry(tree, env);
    const urls = settings({ ...login(), registryUrls: [`http://127.0.0.1:${port}`] });
    const { clearance } = await clear(tree, urls, async () => undefined);
    expect(clearance.state).toBe('read-only-remote');
    await clearance.renew();
  });

  it('the password stays out of the output, the audit log, and all that is written', async () => {
    await startRegistry(tree, { ...READ_ONLY, ...tokenEnv(await startTokens()) });
    const { registryUser, registryPasswordFile } = login();
    const flags = [
      '--registry-user',
      registryUser,
      '--registry-password-file',
      registryPasswordFile,
    ];
    const tidy = ['tidy', tree.rootDirectory, '--yes', '--quiet-window', '100ms', ...flags];
    const { code, stdout, stderr } = await regsweep(tidy);
    expect([code, /there are no manifests|not one manifest|no manifest/.test(stderr)]).toEqual([
      13,
      true,
    ]);
    const own = `${tree.rootDirectory}/.regsweep`;
    const files = fs.readdirSync(own, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((entry) => entry.isFile())
      .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
    expect(texts.some((text) => text.includes('"event":"command"'))).toBe(true);
    const base64 = Buffer.from(`u:${PASSWORD}`).toString('base64');
    for (const text of [stdout, stderr, ...texts]) {
      expect([text.includes(PASSWORD), text.includes(base64)]).toEqual([false, false]);
    }
  });

  const tlsEnv = (more = {}) => ({
    REGISTRY_HTTP_TLS_CERTIFICATE: pki.server.cert,
    REGISTRY_HTTP_TLS_KEY: pki.server.key,
    ...more,
  });

  it('TLS: asked at its own port, whatever its certificate; a URL is believed by its authority', async () => {
    const { port } = await startRegistry(tree, { ...READ_ONLY, ...tlsEnv() });
    expect((await inspect(tree, settings())).state).toBe('read-only');
    const registryUrls = [`https://127.0.0.1:${port}`];
    expect((await inspect(tree, settings({ registryUrls }))).state).toBe('refused');
    const believed = settings({ registryUrls, registryCa: pki.ca });
    expect((await clear(tree, believed, async () => 1)).clearance.state).toBe('read-only-remote');
  });

  it.each([
    ['read-only', READ_ONLY, 'read-only'],
    ['writable', {}, 'refused'],
  ] as const)('TLS with client certificates: a %s registry', async (_, env, state) => {
    const clientcas = `[${pki.ca}]`;
    await startRegistry(tree, { ...env, ...tlsEnv({ REGISTRY_HTTP_TLS_CLIENTCAS: clientcas }) });
    expect(await remedies()).toContain('--registry-cert and --registry-key');
    const { cert, key } = pki.client;
    const shown = settings({ registryCert: cert, registryKey: key });
    expect((await inspect(tree, shown)).state).toBe(state);
  });

  it.each([
    [{ registryUser: 'u' }, '--registry-password-file'],
    [{ registryPasswordFile: '/x' }, '--registry-user'],
    [{ registryUser: 'u', registryPasswordFile: '/nonexistent' }, 'can’t be read'],
    [{ registryCert: '/nonexistent' }, 'go together'],
    [{ registryCa: '/etc/hostname' }, 'not usable'],
  ])('%j is a usage error, before anything is asked', async (given, message) => {
    const error = await inspect(tree, settings(given)).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: 'usage' });
    expect((error as Error).message.replace("'", '’')).toContain(message);
  });

  const startOnSocket = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const socket = `${tree.rootDirectory}/${'deep/'.repeat(12)}registry.sock`;
    fs.mkdirSync(socket.slice(0, socket.lastIndexOf('/')), { recursive: true });
    const config = `${tree.rootDirectory}/config.yml`;
    const storage = `{filesystem: {rootdirectory: '${tree.rootDirectory}'}}`;
    const net = `{net: unix, addr: 'registry.sock', prefix: /p/}`;
    fs.writeFileSync(
      config,
      `version: 0.1\nlog: {level: error}\nstorage: ${storage}\nhttp: ${net}\n`,
    );
    const folder = socket.slice(0, socket.lastIndexOf('/'));
    start('sh', ['-c', `cd ${folder} && exec docker-registry serve ${config}`], env);
    await until('it listens', () => fs.existsSync(socket));
    return socket;
  };

  it.each([
    ['read-only', READ_ONLY, 'read-only'],
    ['writable', {}, 'refused'],
  ] as const)('a unix socket: a %s registry', async (_, env, state) => {
    await startOnSocket(env);
    const verdict = await inspect(tree, settings());
    expect(verdict.state).toBe(state);
    expect(verdict.evidence.map(({ message }) => message).join()).toContain('registry.sock');
  });

  it('a unix socket: another that stands there now says nothing', async () => {
    const socket = await startOnSocket(READ_ONLY);
    fs.unlinkSync(socket);
    expect((await inspect(tree, settings())).state).toBe('refused');
    const impostor = http.createServer((_, response) => {
      response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    });
    const cwd = process.cwd();
    process.chdir(socket.slice(0, socket.lastIndexOf('/')));
    await new Promise<void>((resolve) => impostor.listen('registry.sock', resolve));
    process.chdir(cwd);
    const verdict = await inspect(tree, settings());
    expect(verdict.evidence.map(({ message }) => message).join()).toContain('several sockets');
    impostor.close();
  });
});
