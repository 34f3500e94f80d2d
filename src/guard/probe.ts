/** Asks a registry whether it takes writes, with requests that write nothing and need no repository. */
import http from 'node:http';
import https from 'node:https';
import type { LiveAnswer } from './observations.js';

export interface ProbeTarget {
  /** Scheme, host, port and `http.prefix`, without a slash at its end. */
  readonly base: string;
  readonly authorization?: string;
  readonly timeoutMs: number;
  /** Only for this machine's own ports: certificates name the outer host. */
  readonly anyCertificate: boolean;
}

export interface Reply {
  readonly status: number;
  /** `Docker-Distribution-Api-Version` */
  readonly api: string;
  readonly allow: string;
  readonly body: string;
}

export type ReplyOrError = Reply | { readonly error: string };

const PROBE = '/v2/regsweep-probe/manifests/regsweep-probe';
const BODY_LIMIT = 4096;

/** Two opinions on one question: what is allowed, and what happens to an empty PUT. */
export async function probe(target: ProbeTarget): Promise<LiveAnswer> {
  const options = await request(target, 'OPTIONS', PROBE);
  const put = await request(target, 'PUT', PROBE);
  return judge(target.base, options, put);
}

/** Both answers must come from a registry and agree; anything else is unknown. */
export function judge(base: string, options: ReplyOrError, put: ReplyOrError): LiveAnswer {
  const allowed = byOptions(options);
  const refused = byPut(put);
  const detail = `${base}: OPTIONS ${show(options)}, PUT ${show(put)}`;
  if (allowed === 'writable' || refused === 'writable') return { state: 'writable', detail };
  if (allowed === 'read-only' && refused === 'read-only') return { state: 'read-only', detail };
  return { state: 'unknown', detail };
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

function isRegistry(reply: ReplyOrError): reply is Reply {
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
    const options: https.RequestOptions = {
      method,
      agent: false,
      headers: {
        'content-length': '0',
        ...(target.authorization === undefined ? {} : { authorization: target.authorization }),
      },
      rejectUnauthorized: !target.anyCertificate,
      signal: AbortSignal.timeout(target.timeoutMs),
    };
    const fail = (error: Error): void => resolve({ error: error.message });
    client
      .request(url, options, (response) => collect(response, resolve, fail))
      .on('error', fail)
      .end();
  });
}

function collect(
  response: http.IncomingMessage,
  resolve: (reply: Reply) => void,
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
      body: body.slice(0, BODY_LIMIT),
    }),
  );
}

function header(response: http.IncomingMessage, name: string): string {
  const value = response.headers[name];
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}
