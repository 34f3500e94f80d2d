/**
 * The remote row: registries elsewhere that use this tree, each given by its URL. Each must
 * answer as read-only, and show a nonce that was written to this tree a moment ago.
 */
import { lookup } from 'node:dns/promises';
import { usageError } from '../errors.js';
import type { StorageTree } from '../storage/port.js';
import { authorizationOf } from './live.js';
import { type Nonce, placeNonce, removeNonce } from './nonce.js';
import type { Problem, RemoteObservation } from './observations.js';
import { type ProbeTarget, probe, request } from './probe.js';
import type { GuardSettings } from './settings.js';

const TIMEOUT_MS = 3000;

/**
 * @param writeNonce once per run; later looks ask for the live answers only
 * @throws RegsweepError `usage` for a URL with a login; system errors when the nonce can't be
 *   written or removed
 */
export async function observeRemote(
  tree: StorageTree,
  settings: GuardSettings,
  writeNonce: boolean,
): Promise<RemoteObservation> {
  const urls = settings.registryUrls.map(withoutLogin);
  const nonce = writeNonce ? placeNonce(tree) : undefined;
  try {
    const looks = urls.map((url) => lookAt(url, settings, nonce));
    const found = (await Promise.all(looks)).map((problem, i) => ({ problem, i }));
    const problems = found.map(({ problem }) => problem).filter((p) => p !== undefined);
    const shown = nonce === undefined ? '' : ', and shows what was just written to this tree';
    const notes = found
      .filter(({ problem }) => problem === undefined)
      .map(({ i }) => `${urls[i]} answers as read-only${shown}`);
    return { confirmed: problems.length === 0, notes, problems };
  } finally {
    if (nonce !== undefined) removeNonce(nonce);
  }
}

/** A login belongs into --registry-user: what stands in a URL would be printed and logged. */
function withoutLogin(url: string): string {
  if (!URL.canParse(url)) return url;
  const { username, password } = new URL(url);
  if (username === '' && password === '') return url;
  throw usageError(
    '--registry-url must not hold a user or password',
    'give --registry-user and --registry-password-file',
  );
}

async function lookAt(
  url: string,
  settings: GuardSettings,
  nonce: Nonce | undefined,
): Promise<Problem | undefined> {
  const name = await oneAddress(url);
  if (name !== undefined) return name;
  const authorization = authorizationOf(settings);
  const target: ProbeTarget = {
    base: url.replace(/\/+$/, ''),
    ...(authorization === undefined ? {} : { authorization }),
    timeoutMs: TIMEOUT_MS,
    anyCertificate: false,
  };
  const live = await probe(target);
  if (live.state !== 'read-only') {
    return {
      message: `${url} is not shown to be read-only: ${live.detail}`,
      remedy: 'make every instance read-only, and give each one’s own address',
    };
  }
  return nonce === undefined ? undefined : showsNonce(url, target, nonce);
}

/** Behind a name with several addresses, one answer covers one instance of several. */
async function oneAddress(url: string): Promise<Problem | undefined> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return {
      message: `${url} is no http(s) URL`,
      remedy: 'give --registry-url http(s)://host:port',
    };
  }
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  try {
    const found = await lookup(host, { all: true });
    const addresses = new Set(
      found.map((entry) => (isLoopback(entry.address) ? 'loopback' : entry.address)),
    );
    if (addresses.size === 1) return undefined;
    return {
      message: `${host} has ${addresses.size} addresses: ${[...addresses].join(', ')}`,
      remedy: 'give --registry-url once per address',
    };
  } catch (error) {
    return { message: `${host} can’t be resolved: ${(error as Error).message}` };
  }
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

async function showsNonce(
  url: string,
  target: ProbeTarget,
  nonce: Nonce,
): Promise<Problem | undefined> {
  const reply = await request(target, 'GET', `/v2/${nonce.repository}/blobs/${nonce.digest}`);
  if (!('error' in reply) && reply.status === 200 && reply.body === nonce.content) return undefined;
  const answer = 'error' in reply ? reply.error : `status ${reply.status}`;
  return {
    message: `${url} doesn't show what was just written to this tree (${answer}): it serves another one`,
    remedy: 'give the URL of the registry that uses this very tree, or its direct address',
  };
}
