/**
 * Asks the registries that were given by URL, which may run on other hosts. Each must answer as
 * read-only, and return a nonce that was just written to this tree.
 */
import { lookup } from 'node:dns/promises';
import { printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { usageError } from '../../util/errors.js';
import type { LiveAnswer, Problem, RemoteObservation } from '../model/observations.js';
import type { GuardSettings } from '../model/settings.js';
import { identityOf, loginOf } from './credentials.js';
import { isLoopback, type Login } from './login.js';
import { type Nonce, nonceQuestion, placeNonce, removeNonce, showsContent } from './nonce.js';
import { type ProbeTarget, sendHere } from './probe.js';
import { ask, askMode } from './request.js';

const TIMEOUT_MS = 3000;
/** Stands for every loopback address, IPv4 or IPv6. */
const LOOPBACK = 'loopback';

export interface RemoteOptions {
  /** Writes a nonce and asks for it. Later inspections of the run only ask for the live answers. */
  readonly writeNonce: boolean;
  /** The address of each URL when it returned the nonce. */
  readonly addresses?: readonly (string | undefined)[];
}

/**
 * @returns `confirmed` only if every URL passed
 * @throws RegsweepError `usage` for a URL with a login; system errors if the nonce can't be written
 *   or removed
 */
export async function observeRemote(
  tree: StorageTree,
  settings: GuardSettings,
  options: RemoteOptions,
): Promise<RemoteObservation> {
  const urls = settings.registryUrls.map(withoutLogin);
  const nonce = options.writeNonce ? placeNonce(tree) : undefined;
  try {
    const asked = urls.map((url, i) => askUrl(url, settings, nonce, options.addresses?.[i]));
    const found = await Promise.all(asked);
    const problems = found.map(({ problem }) => problem).filter((p) => p !== undefined);
    const shown =
      nonce !== undefined
        ? ', and returns a blob just written to this tree'
        : options.addresses === undefined
          ? '; a command that changes the tree checks by a test blob that it serves this tree'
          : '';
    const notes = urls
      .filter((_, i) => found[i]!.problem === undefined)
      .map((url) => `${printable(url)} answers as read-only${shown}`);
    const addresses = found.map(({ address }) => address);
    return { confirmed: problems.length === 0, notes, problems, addresses };
  } finally {
    if (nonce !== undefined) removeNonce(tree, nonce);
  }
}

/** Refuses a login in a URL, since URLs are printed and logged. */
function withoutLogin(url: string): string {
  if (!URL.canParse(url)) return url;
  const { username, password } = new URL(url);
  if (username === '' && password === '') return url;
  throw usageError(
    '--registry-url must not contain a user or password',
    'give --registry-user and --registry-password-file',
  );
}

interface RemoteAnswer {
  readonly problem?: Problem;
  readonly address?: string;
}

async function askUrl(
  url: string,
  settings: GuardSettings,
  nonce: Nonce | undefined,
  known: string | undefined,
): Promise<RemoteAnswer> {
  const where = await oneAddress(url);
  if (typeof where !== 'string') return { problem: where };
  if (known !== undefined && known !== where) return { problem: movedAway(url, known, where) };
  const identity = identityOf(settings);
  const target: ProbeTarget = {
    base: url.replace(/\/+$/, ''),
    timeoutMs: TIMEOUT_MS,
    anyCertificate: false,
    ...(where === LOOPBACK ? {} : { address: where }),
    ...(identity === undefined ? {} : { identity }),
  };
  const login = loginOf(settings);
  const live = await askMode(target, login, sendHere);
  if (live.state !== 'read-only') return { problem: notReadOnly(url, live), address: where };
  const problem = nonce === undefined ? undefined : await showsNonce(url, target, nonce, login);
  return { address: where, ...(problem === undefined ? {} : { problem }) };
}

const notReadOnly = (url: string, { detail, login }: LiveAnswer): Problem => ({
  message: `${printable(url)} may accept writes: ${printable(detail)}`,
  remedy:
    login === true
      ? 'add --registry-user and --registry-password-file of a user who may push'
      : 'make every instance read-only, and give the address of each',
});

const movedAway = (url: string, known: string, now: string): Problem => ({
  message: `${printable(url)} resolved to ${known} before and resolves to ${now} now`,
  remedy: 'give --registry-url once per address',
});

/** Refuses a name with several addresses: an answer comes from only one of the instances. */
async function oneAddress(url: string): Promise<string | Problem> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return {
      message: `${printable(url)} is not an http(s) URL`,
      remedy: 'give --registry-url http(s)://host:port',
    };
  }
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  try {
    const found = await lookup(host, { all: true });
    const addresses = new Set(found.map(({ address: a }) => (isLoopback(a) ? LOOPBACK : a)));
    const [first, ...others] = addresses;
    if (others.length === 0) return first!;
    return {
      message: `${printable(host)} has ${addresses.size} addresses: ${[...addresses].sort().join(', ')}`,
      remedy: 'give --registry-url once per address',
    };
  } catch (error) {
    return { message: `${printable(host)} can’t be resolved: ${(error as Error).message}` };
  }
}

async function showsNonce(
  url: string,
  target: ProbeTarget,
  nonce: Nonce,
  login: Login | undefined,
): Promise<Problem | undefined> {
  const [reply] = await ask(target, [nonceQuestion(nonce)], login, sendHere);
  if (reply !== undefined && showsContent(reply, nonce)) return undefined;
  const answer = reply === undefined || 'error' in reply ? reply?.error : `status ${reply.status}`;
  return {
    message:
      `${printable(url)} doesn't return a blob just written to this tree (${answer}): ` +
      'it serves another one',
    remedy: 'give the URL of the registry that serves this tree, or its direct address',
  };
}
