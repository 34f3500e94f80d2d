/**
 * Logs in to a registry that requires it: Basic, or a bearer token that its token server issues for
 * the user's password. Sends no password before the registry asks for it.
 */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import type { ProbeTarget, ReplyOrError } from './probe.js';

export interface Login {
  readonly user: string;
  /** A function, so that neither JSON nor a message contains the password. */
  readonly password: () => string;
}

const TOKEN_LIMIT = 1 << 16;
const PARAMETERS = /([a-z_]+)\s*=\s*"([^"]*)"/gi;

/**
 * Answers the challenge of a 401 reply.
 * @returns the `Authorization` header; undefined if the reply doesn't ask for a login
 * @throws Error with a message for people if the token server issues no token
 */
export async function authorizationFor(
  reply: ReplyOrError,
  target: ProbeTarget,
  login: Login,
): Promise<string | undefined> {
  if ('error' in reply || reply.status !== 401) return undefined;
  if (/^basic\b/i.test(reply.challenge)) return basic(login);
  if (!/^bearer\b/i.test(reply.challenge)) return undefined;
  const found = [...reply.challenge.matchAll(PARAMETERS)];
  const { realm, ...asked } = Object.fromEntries(
    found.map(([, name, value]) => [name!.toLowerCase(), value!]),
  );
  return `Bearer ${await fetchToken(realm ?? '', asked, target, login)}`;
}

const basic = ({ user, password }: Login): string =>
  `Basic ${Buffer.from(`${user}:${password()}`).toString('base64')}`;

async function fetchToken(
  realm: string,
  asked: Readonly<Record<string, string>>,
  target: ProbeTarget,
  login: Login,
): Promise<string> {
  const url = tokenUrl(realm, target);
  if (asked.service !== undefined) url.searchParams.set('service', asked.service);
  for (const scope of (asked.scope ?? '').split(' ').filter(Boolean)) {
    url.searchParams.append('scope', scope);
  }
  const where = url.origin;
  const answer = await get(url, basic(login), target).catch((error: Error) => {
    throw new Error(`the token server ${where} can't be asked: ${error.message}`);
  });
  const token = answer.status === 200 ? tokenIn(answer.body) : undefined;
  if (token === undefined) {
    throw new Error(`the token server ${where} gave no token (status ${answer.status})`);
  }
  return token;
}

/**
 * Requires https, so that no password crosses a network unencrypted, except to the registry's host.
 */
function tokenUrl(realm: string, target: ProbeTarget): URL {
  if (!URL.canParse(realm)) throw new Error('its login names no token server');
  const url = new URL(realm);
  const near =
    url.hostname === new URL(target.base).hostname ||
    isLoopback(url.hostname.replace(/[[\]]/g, ''));
  if (url.protocol === 'https:' || (url.protocol === 'http:' && near)) return url;
  throw new Error(`its token server ${url.origin} doesn’t use https, so no password is sent there`);
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));

function get(
  url: URL,
  authorization: string,
  { timeoutMs, identity }: ProbeTarget,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const ca = identity?.ca === undefined ? {} : { ca: identity.ca };
    const options = { agent: false, headers: { authorization }, signal, ...ca } as const;
    const client = url.protocol === 'https:' ? https : http;
    const answered = (response: http.IncomingMessage): void => {
      const length = Number(response.headers['content-length'] ?? 0);
      if (length > TOKEN_LIMIT) response.destroy(new Error('its answer is too long'));
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    };
    client.get(url, options, answered).on('error', reject);
  });
}

function tokenIn(body: string): string | undefined {
  try {
    const { token, access_token: other } = JSON.parse(body) as Record<string, unknown>;
    const found = token ?? other;
    return typeof found === 'string' && /^[\w.~+/=-]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}
