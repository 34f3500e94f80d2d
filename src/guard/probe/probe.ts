/** Asks a registry whether it takes writes, with requests that write nothing and need no repository. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import type { LiveAnswer } from '../model/observations.js';

export interface ProbeTarget {
  /** Scheme, host, port and `http.prefix`, without a slash at its end. */
  readonly base: string;
  /** What to present for each method, as it was asked for. */
  readonly authorization?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Only for this machine's own ports: certificates name the outer host. */
  readonly anyCertificate: boolean;
  /** PEM: what we show to the registry, and whom we believe besides the system's authorities. */
  readonly identity?: ClientIdentity;
  /** Connect there, whatever the host's name resolves to by now. */
  readonly address?: string;
  /** A unix socket instead of host and port. */
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

export type ReplyOrError = ProbeReply | { readonly error: string };

const PROBE = '/v2/regsweep-probe/manifests/regsweep-probe';
const BODY_LIMIT = 4096;

export interface Replies {
  readonly options: ReplyOrError;
  readonly put: ReplyOrError;
}

/** Two opinions on one question: what is allowed, and what happens to an empty PUT. */
export async function probe(target: ProbeTarget): Promise<Replies> {
  const options = await request(target, 'OPTIONS', PROBE);
  const put = await request(target, 'PUT', PROBE);
  return { options, put };
}

/** Both answers must come from a registry and agree; anything else is unknown. */
export function judge(base: string, { options, put }: Replies): LiveAnswer {
  const allowed = byOptions(options);
  const refused = byPut(put);
  const detail = `${base}: OPTIONS ${show(options)}, PUT ${show(put)}`;
  if (allowed === 'writable' || refused === 'writable') return { state: 'writable', detail };
  if (allowed === 'read-only' && refused === 'read-only') return { state: 'read-only', detail };
  const login = [options, put].some((reply) => !('error' in reply) && reply.status === 401);
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

function isRegistry(reply: ReplyOrError): reply is ProbeReply {
  return !('error' in reply) && reply.api === 'registry/2.0';
}

function show(reply: ReplyOrError): string {
  if ('error' in reply) return reply.error;
  const from = isRegistry(reply) ? '' : ' (not a registry’s answer)';
  return `${reply.status}${reply.allow === '' ? '' : ` Allow: ${reply.allow}`}${from}`;
}

/** One request; redirects aren't followed, since another server's answer says nothing. */
export function request(target: ProbeTarget, method: string, path: string): Promise<ReplyOrError> {
  return new Promise((resolve) => {
    const url = new URL(target.base + path);
    const client = url.protocol === 'https:' ? https : http;
    const authorization = target.authorization?.[method];
    const options: https.RequestOptions = {
      method,
      agent: false,
      headers: {
        'content-length': '0',
        ...(authorization === undefined ? {} : { authorization }),
      },
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

/** What this machine trusts anyway still counts: a `ca` of our own would replace it. */
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
