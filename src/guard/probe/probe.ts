/** Sends requests to one registry, and decides from its answers whether it accepts writes. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { readVersion } from '../../runtime/version.js';
import type { LiveAnswer } from '../model/observations.js';

export interface ProbeTarget {
  /** Scheme, host, port and `http.prefix`, without a trailing slash. */
  readonly base: string;
  readonly timeoutMs: number;
  /**
   * Accepts any certificate. Only for this machine's own ports: certificates name the public host.
   */
  readonly anyCertificate: boolean;
  /** PEM: the client certificate and its key, and a CA to trust besides the built-in ones. */
  readonly identity?: ClientIdentity;
  /** Connects to this address, whatever the host name resolves to now. */
  readonly address?: string;
  /** A unix socket to connect to instead of host and port. */
  readonly socketPath?: string;
}

export interface ClientIdentity {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

export interface ProbeReply {
  readonly status: number;
  /** `Docker-Distribution-Api-Version` */
  readonly api: string;
  readonly allow: string;
  /** `WWW-Authenticate` */
  readonly challenge: string;
  readonly body: string;
}

export interface NoReply {
  readonly error: string;
  /** The registry requires a login, and the given one was not accepted. */
  readonly login?: true;
}

export type ReplyOrError = ProbeReply | NoReply;

export interface ProbeQuestion {
  readonly method: string;
  /** Appended to the target's base. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends the questions one after the other. @returns a reply for each, in their order */
export type Send = (
  target: ProbeTarget,
  questions: readonly ProbeQuestion[],
) => Promise<ReplyOrError[]>;

const PROBE = '/v2/regsweep-probe/manifests/regsweep-probe';
const BODY_LIMIT = 4096;

export interface Replies {
  readonly options: ReplyOrError;
  readonly put: ReplyOrError;
}

/**
 * Two requests that show whether the registry accepts writes: its allowed methods, and its answer
 * to an empty PUT. Neither writes anything or needs an existing repository.
 */
export const MODE_QUESTIONS: readonly ProbeQuestion[] = [
  { method: 'OPTIONS', path: PROBE },
  { method: 'PUT', path: PROBE },
];

/** Sends from this process. After a request without answer the remaining ones aren't sent. */
export const sendHere: Send = async (target, questions) => {
  const replies: ReplyOrError[] = [];
  for (const question of questions) {
    const last = replies.at(-1);
    const hasFailed = last !== undefined && 'error' in last;
    replies.push(hasFailed ? last : await request(target, question));
  }
  return replies;
};

/** @returns `read-only` only if both answers come from a registry and agree on it */
export function judge(base: string, { options, put }: Replies): LiveAnswer {
  const allowed = byOptions(options);
  const refused = byPut(put);
  const detail = `${base}: OPTIONS ${show(options)}, PUT ${show(put)}`;
  if (allowed === 'writable' || refused === 'writable') return { state: 'writable', detail };
  if (allowed === 'read-only' && refused === 'read-only') return { state: 'read-only', detail };
  const login = [options, put].some(wantsLogin);
  return { state: 'unknown', detail, ...(login ? { login: true } : {}) };
}

function byOptions(reply: ReplyOrError): LiveAnswer['state'] {
  if (!isRegistry(reply) || reply.status !== 200) return 'unknown';
  const methods = reply.allow.split(',').map((method) => method.trim().toUpperCase());
  if (methods.some((method) => method !== 'GET' && method !== 'HEAD')) {
    return methods.includes('PUT') ? 'writable' : 'unknown';
  }
  return methods.includes('GET') && methods.includes('HEAD') ? 'read-only' : 'unknown';
}

function byPut(reply: ReplyOrError): LiveAnswer['state'] {
  if (!isRegistry(reply)) return 'unknown';
  if (reply.status === 405) return 'read-only';
  return reply.status === 400 && reply.body.includes('MANIFEST_INVALID') ? 'writable' : 'unknown';
}

/** Whether the registry requires a login that was not given or not accepted. */
export const wantsLogin = (reply: ReplyOrError): boolean =>
  'error' in reply ? reply.login === true : reply.status === 401;

/** Whether a reply has the header that every distribution registry sends. */
export function isRegistry(reply: ReplyOrError): reply is ProbeReply {
  return !('error' in reply) && reply.api === 'registry/2.0';
}

/** A reply as text for messages: its error, or its status and `Allow`. */
export function show(reply: ReplyOrError): string {
  if ('error' in reply) return reply.error;
  const from = isRegistry(reply) ? '' : ' (not a registry’s answer)';
  return `${reply.status}${reply.allow === '' ? '' : ` Allow: ${reply.allow}`}${from}`;
}

let userAgent: string | undefined;

/** Marks the guard's requests in a registry's log. */
function ownUserAgent(): string {
  userAgent ??= `regsweep-guard/${readVersion()}`;
  return userAgent;
}

/** Sends one request. Doesn't follow redirects, since another server's answer proves nothing. */
export function request(
  target: ProbeTarget,
  { method, path, headers }: ProbeQuestion,
): Promise<ReplyOrError> {
  return new Promise((resolve) => {
    const url = new URL(target.base + path);
    const client = url.protocol === 'https:' ? https : http;
    const options: https.RequestOptions = {
      method,
      agent: false,
      headers: { 'content-length': '0', 'user-agent': ownUserAgent(), ...headers },
      ...connectionTo(target),
      signal: AbortSignal.timeout(target.timeoutMs),
    };
    const fail = (error: Error): void => resolve({ error: error.message });
    client
      .request(url, options, (response) => collect(response, resolve, fail))
      .on('error', fail)
      .end();
  });
}

/** Adds the given CA to the built-in ones, which the option `ca` would replace. */
function connectionTo({ address, socketPath, identity, anyCertificate }: ProbeTarget) {
  const { ca, ...own } = identity ?? {};
  return {
    rejectUnauthorized: !anyCertificate,
    ...own,
    ...(ca === undefined ? {} : { ca: [...tls.rootCertificates, ca] }),
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(address === undefined ? {} : { lookup: always(address) }),
  };
}

const always =
  (address: string): net.LookupFunction =>
  (_host, options, callback) => {
    const family = net.isIP(address);
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };

function collect(
  response: http.IncomingMessage,
  resolve: (reply: ProbeReply) => void,
  fail: (error: Error) => void,
): void {
  let body = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    if (body.length < BODY_LIMIT) body += chunk;
  });
  response.on('error', fail);
  response.on('end', () =>
    resolve({
      status: response.statusCode ?? 0,
      api: header(response, 'docker-distribution-api-version'),
      allow: header(response, 'allow'),
      challenge: header(response, 'www-authenticate'),
      body: body.slice(0, BODY_LIMIT),
    }),
  );
}

function header(response: http.IncomingMessage, name: string): string {
  const value = response.headers[name];
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}
