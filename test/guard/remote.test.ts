/** The remote row, against servers of our own. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectFresh } from '../../src/guard/clearance.js';
import { placeNonce, recoverNonce, removeNonce } from '../../src/guard/probe/nonce.js';
import { observeRemote } from '../../src/guard/probe/remote.js';
import type { StorageTree } from '../../src/storage/port.js';
import { needs } from '../harness/require.js';
import { makeTree, removeTree, settings } from './support.js';

describe('registries elsewhere', () => {
  let tree: StorageTree;
  let server: http.Server | undefined;
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(async () => {
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
    removeTree(tree);
  });

  /** A registry that reads the tree at `root`, read-only or not. */
  const serve = async (root: string, readOnly: boolean, delayMs = 0): Promise<string> => {
    server = http.createServer(async (request, response) => {
      await sleep(delayMs);
      const headers = { 'Docker-Distribution-Api-Version': 'registry/2.0' };
      const allow = readOnly ? 'GET, HEAD' : 'DELETE, GET, HEAD, PUT';
      const hex = /\/blobs\/sha256:([0-9a-f]{64})$/.exec(request.url!)?.[1];
      const file = `${root}/blobs/sha256/${hex?.slice(0, 2)}/${hex}/data`;
      if (request.method === 'OPTIONS') response.writeHead(200, { ...headers, allow }).end();
      else if (request.method === 'PUT') response.writeHead(readOnly ? 405 : 400, headers).end();
      else if (fs.existsSync(file)) response.writeHead(200, headers).end(fs.readFileSync(file));
      else response.writeHead(404, headers).end();
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  const entries = (): string[] => fs.readdirSync(tree.v2, { recursive: true }).map(String).sort();

  it('confirms a read-only registry on this tree', async () => {
    const before = entries();
    const url = await serve(tree.v2, true);
    const urls = settings({ registryUrls: [`${url}/`] });
    expect(await observeRemote(tree, urls, { writeNonce: true })).toEqual({
      confirmed: true,
      notes: [`${url}/ answers as read-only, and returns a blob just written to this tree`],
      problems: [],
      addresses: ['loopback'],
    });
    expect(entries()).toEqual(before);
  });

  it('refuses when one of several is writable, elsewhere, or gone', async () => {
    const before = entries();
    const writable = await serve(tree.v2, false);
    const urls = settings({
      registryUrls: [writable, 'http://127.0.0.1:9', 'ftp://x', 'nonsense'],
    });
    const { confirmed, notes, problems } = await observeRemote(tree, urls, { writeNonce: true });
    expect([confirmed, notes, problems.length]).toEqual([false, [], 4]);
    expect(problems[0]!.message).toContain('may accept writes');
    expect(entries()).toEqual(before);
  });

  it('refuses a URL that leads elsewhere than where the nonce was shown', async () => {
    const urls = settings({ registryUrls: [await serve(tree.v2, true)] });
    const look = { writeNonce: false, addresses: ['192.0.2.1'] };
    const { confirmed, problems } = await observeRemote(tree, urls, look);
    expect([confirmed, problems[0]!.message]).toEqual([
      false,
      `${urls.registryUrls[0]} resolved to 192.0.2.1 before and resolves to loopback now`,
    ]);
  });

  it(
    'refuses evidence that takes longer to collect than it is good for',
    needs('guard'),
    async () => {
      const registryUrls = [await serve(tree.v2, true, 150)];
      const limits = { freshMs: 100, looks: 2 };
      const slowly = settings({ registryUrls });
      const slow = await inspectFresh(tree, slowly, {}, limits).catch((e: Error) => e);
      expect(slow).toMatchObject({
        code: 'guard-refused',
        message: expect.stringMatching(
          /^collecting the evidence took \d+ ms, so it is too old to rely on$/,
        ),
      });
      const began = Date.now();
      const patient = { freshMs: 60_000, looks: 1 };
      const { verdict, heldAt } = await inspectFresh(tree, slowly, {}, patient);
      expect([verdict.state, heldAt >= began]).toEqual(['read-only-remote', true]);
    },
  );

  it('refuses a mirror: same content, other tree', async () => {
    const mirror = makeTree();
    try {
      const urls = settings({ registryUrls: [await serve(mirror.v2, true)] });
      const { confirmed, problems } = await observeRemote(tree, urls, { writeNonce: true });
      expect(confirmed).toBe(false);
      expect(problems[0]!.message).toContain('it serves another one');
    } finally {
      removeTree(mirror);
    }
  });

  it('takes no login in a URL, and writes nothing then', async () => {
    const before = fs.statSync(`${tree.v2}/blobs/sha256`).mtimeMs;
    const urls = settings({ registryUrls: ['http://user:secret@127.0.0.1:9'] });
    const error = await observeRemote(tree, urls, { writeNonce: true }).catch(
      (caught: Error) => caught,
    );
    expect(error).toMatchObject({ code: 'usage' });
    expect(String(error)).not.toContain('secret');
    expect(fs.statSync(`${tree.v2}/blobs/sha256`).mtimeMs).toBe(before);
  });

  it('removes no more of a nonce than it made', () => {
    const before = entries();
    const nonce = placeNonce(tree);
    expect(entries().length).toBeGreaterThan(before.length);
    removeNonce(tree, nonce);
    expect(entries()).toEqual(before);
    expect(() => placeNonce({ ...tree, viaSymlink: true })).toThrow('symbolic link');
  });

  it('removes the nonce of a command that was killed, and nothing that a record merely names', () => {
    const before = entries();
    const nonce = placeNonce(tree);
    recoverNonce(tree);
    recoverNonce(tree);
    expect(entries()).toEqual(before);
    const record = `${tree.rootDirectory}/.regsweep/nonce.json`;
    const forged = [
      { ...nonce, repository: '../../victim' },
      { ...nonce, folders: ['repositories', 'blobs', '../..'] },
      { ...nonce, content: 'x' },
    ];
    for (const forgery of [...forged.map((each) => JSON.stringify(each)), '{"v":1', '']) {
      fs.writeFileSync(record, forgery);
      recoverNonce(tree);
      expect(entries()).toEqual(before);
      expect(fs.existsSync(record)).toBe(false);
    }
    fs.symlinkSync('/etc/passwd', record);
    expect(() => placeNonce(tree)).toThrow('not a regular file');
    fs.unlinkSync(record);
    expect(entries()).toEqual(before);
  });

  it('follows no symbolic link to write its nonce', () => {
    const victim = `${tree.rootDirectory}/victim`;
    fs.mkdirSync(victim);
    fs.renameSync(`${tree.v2}/repositories`, `${tree.v2}/moved`);
    fs.symlinkSync(victim, `${tree.v2}/repositories`);
    expect(() => placeNonce(tree)).toThrow(/ELOOP|ENOTDIR/);
    expect(fs.readdirSync(victim)).toEqual([]);
  });
});
